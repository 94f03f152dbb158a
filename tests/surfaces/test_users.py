"""Passwords are kept hashed, names are told apart, and no error quotes a line."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from kqa.errors import InputError, SettingsError, Unreachable
from kqa.settings import Settings
from kqa.surfaces.cli import cli
from kqa.surfaces.users import NOBODY, Users, check_name, hash_password, parse_users

CHEAP = (2, 1, 1)
PASSWORD = "correct horse battery"


def line(name: str, password: str = PASSWORD) -> str:
    return f"{name}:{hash_password(password, CHEAP)}"


@given(st.text(min_size=12, max_size=40), st.text(min_size=12, max_size=40))
def test_a_password_fits_its_own_hash_and_no_other(password: str, other: str) -> None:
    hashed = hash_password(password, CHEAP)
    assert parse_users([f"anna:{hashed}"], "here")["anna"].fits(password)
    assert hashed.fits(other) == (hash_password(other, CHEAP).fits(password))
    assert str(hash_password(password, CHEAP)) != str(hashed)  # a fresh salt each time


def test_the_shipped_cost_is_the_one_that_is_documented() -> None:
    assert str(hash_password(PASSWORD)).startswith("scrypt$32768$8$3$")
    assert hash_password(PASSWORD).fits(PASSWORD)


def test_letters_that_look_alike_are_one_password() -> None:
    composed, decomposed = "caf\u00e9 au lait!!", "cafe\u0301 au lait!!"
    assert hash_password(composed, CHEAP).fits(decomposed)


@pytest.mark.parametrize("password", ["", "short", "a" * 11, "a" * 1_001])
def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(InputError, match="Take 12"):
        hash_password(password)


@pytest.mark.parametrize("name", ["", " ", "a b", "a:b", "../etc", "é", "-a", "a" * 65, NOBODY])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        check_name(name)


def test_a_name_is_the_same_in_small_and_capital_letters() -> None:
    assert check_name(" Anna@Clinic.example ") == "anna@clinic.example"


@pytest.mark.parametrize(
    "bad",
    [
        "anna",
        "anna:password in clear",
        "anna:scrypt$3$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "anna:scrypt$2097152$8$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "anna:scrypt$2$8$1$not=base64=========$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        f"{NOBODY}:scrypt$2$1$1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_a_bad_line_is_named_and_never_quoted(bad: str) -> None:
    with pytest.raises(SettingsError, match="here, line 3") as raised:
        parse_users(["# staff", "", bad], "here")
    assert "clear" not in str(raised.value)
    assert "AAAA" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_users_come_from_the_file_and_from_the_setting(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text(f"# staff\n{line('anna')}\n")
    given = Settings.model_validate({"users_file": file, "users": f"{line('bob')} {line('cy')}"})
    assert set(Users.of(given).read()) == {"anna", "bob", "cy"}
    assert "scrypt" not in repr(given)
    assert "scrypt" not in str(given.users)


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text(f"{line('anna')}\n")
    users = Users(file)
    assert set(users.now()) == {"anna"}
    file.write_text(f"{line('anna')}\n{line('bob')}\n")
    assert set(users.now()) == {"anna", "bob"}
    file.write_text("nonsense\n")
    assert users.now() == {}
    file.unlink()
    assert users.now() == {}
    assert users.configured
    with pytest.raises(Unreachable):
        users.read()


def test_an_empty_file_lets_nobody_in_and_opens_nothing(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.touch()
    assert Users(file).configured
    assert not Users(None, "  ").configured


# --- the command ------------------------------------------------------------------------


def run(*words: str, typed: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, ["user", *words], input=typed, standalone_mode=False)
    code = done.return_value if done.exception is None else getattr(done.exception, "exit_code", 1)
    return code, done.stdout, done.stderr


def test_a_line_is_printed_and_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    code, out, err = run("Anna", typed=f"{PASSWORD}\n")
    assert code == 0
    assert parse_users(out.splitlines(), "out")["anna"].fits(PASSWORD)
    assert PASSWORD not in out + err


def test_a_line_is_added_replaced_and_removed_in_a_file_of_the_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("# staff\n")
    assert run("anna", "--add", "--file", str(file), typed=f"{PASSWORD}\n")[0] == 0
    assert run("bob", "--add", "--file", str(file), typed=f"{PASSWORD}\n")[0] == 0
    assert run("ANNA", "--add", "--file", str(file), typed="another password\n")[0] == 0
    assert file.read_text().startswith("# staff\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    users = Users(file).read()
    assert set(users) == {"anna", "bob"}
    assert users["anna"].fits("another password")
    assert run("anna", "--remove", "--file", str(file))[0] == 0
    assert set(Users(file).read()) == {"bob"}
    assert run("anna", "--remove", "--file", str(file))[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["users"]


def test_what_cannot_be_written_or_is_too_short_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "no" / "users"
    assert run("anna", "--add", "--file", str(missing), typed=f"{PASSWORD}\n")[0] == 4
    assert run("anna", typed="short\n")[0] == 2
    assert run("anna", "--add", typed=f"{PASSWORD}\n")[0] == 2
    assert run("anna", "--add", "--remove", "--file", "x")[0] == 2
