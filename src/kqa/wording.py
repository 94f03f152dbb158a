"""Every text that is the project's own voice: disclaimer, crisis cards, notices.

Owns the words; decides nothing. Nothing here is quoted from an article. The
crisis cards are fixed text to be reviewed by a clinician (see docs/safety.md);
their numbers are data of the site's owner. Texts in other languages are to be read
by somebody who speaks the language before they are relied on.
"""

from __future__ import annotations

from kqa.records import CrisisCard, CrisisLine, Notice

DISCLAIMER = (
    "This is not medical advice and does not diagnose or treat any condition. "
    "It quotes articles word for word and may miss what matters to you. "
    "Only a licensed medical professional who knows you and your medical history can advise you; "
    "nobody here is responsible for actions taken on what you read. "
    "In an emergency call 911 or your local emergency number."
)
"""In the sense of the articles' own: no advice, no diagnosis, a professional, no liability."""

NOTHING_FOUND = "The articles do not say."
NOTHING_FOUND_MORE = (
    "We found no sentence in them that answers this, so nothing is quoted. "
    "The gap is in our articles, not in your question. "
    "A healthcare provider is a good person to ask."
)
DOSE_NOT_GIVEN = (
    "This page never works out how much to take. "
    "Please ask the provider or pharmacist who knows your medicines. "
    "If too much was taken, call 911 now, or Poison Control at 1-800-222-1222."
)
"""Goes with a refused question for a dose: whoever asks may have the medicine at hand."""

TOPICS_LEAD = "The articles do cover:"
RELATED_LEAD = "No answer, but nearby in the articles:"
SIDE_LEAD = "One side:"
"""Before each side where articles disagree: the same word for all, so that none seems right."""

CONTACT_LEAD = "Ask a person"
TITLE_GIVEN = "title given by us"
CONTEXT_LEAD = "Show in context"

PAGE_LEAD = (
    "Ask in your own words. The answer is sentences from our articles, quoted word for word, "
    "each with its source. When the articles do not say, you are told so."
)
SEARCHING = "Looking through the articles…"
UNREADABLE = "That question could not be read."
NO_ANSWER_NOW = "No answer can be given just now."
OUR_FAULT = "The fault is ours, not your question’s. Please try again in a moment."
HELP_IS_THERE = "Help is there now."

SIGN_IN = "Sign in"
SIGN_IN_LEAD = "For staff. The public page needs no account."
SIGN_IN_NAME, SIGN_IN_PASSWORD = "Name", "Password"
SIGN_IN_WRONG = "That name and password do not go together."
SIGN_IN_STALE = "The form was too old, or your browser keeps no cookies. Please sign in once more."
SIGN_IN_BUSY = "Too many people are signing in at this moment. Please try again shortly."
SIGN_IN_TOO_MANY = (
    "Too many tries with this name or from this address. Please wait {wait} and try again, "
    "or ask the person who looks after this site."
)
SIGN_OUT = "Sign out"
SIGNED_IN_AS = "You are signed in as {name}."
TO_THE_PUBLIC_PAGE = "To the public page"
LOCAL_ONLY = "This page is closed from here"
LOCAL_ONLY_MORE = (
    "Nobody can sign in yet, so this page opens only on the machine that kqa runs on, "
    "at the address that kqa prints, by no proxy."
)
LOCAL_ONLY_REMEDY = "To open it to your staff, whoever looks after kqa does this, once:"
LOCAL_ONLY_STEPS = (
    "Make a user: kqa user NAME --add --file users.txt",
    'Name the file in kqa.toml: users_file = "users.txt"',
    "Start kqa again. Serve it by HTTPS only: docs/operations.md says how.",
)
"""How staff pages are opened where nobody may sign in yet."""
ARTICLE_LEAD = "Show in article"
ARTICLE_ELSEWHERE = "Read this sentence where it was published"
ARTICLE_CHANGED = (
    "This article has changed since the sentence was quoted, so nothing is marked. "
    "Please ask again."
)
BACK_TO_QUESTIONS = "Back to the questions"
COPY_LEAD = "Copy"
NOW_LOADING = "The page is loading…"
SIMPLE_PAGE = "Use the simple page"
NO_CONNECTION = "The connection was lost."
NO_CONNECTION_MORE = "Your question has not been answered. Load the page anew to ask again."
LOAD_ANEW = "Load the page anew"
TOO_SLOW = "This takes too long."
TOO_SLOW_MORE = "No answer has come yet. Please ask again in a moment."

HELPFUL_LEAD = "Was this answer helpful?"
HELPFUL = "Helpful"
NOT_HELPFUL = "Not helpful"
FEEDBACK_KEEPS = (
    "If you press one of them, the owner of this page keeps your question, this answer and what "
    "you pressed; nothing that says who you are. If you press neither, nothing is kept."
)
FEEDBACK_KEPT = "Thank you. Your question, the answer and what you pressed have been kept."
FEEDBACK_NOT_KEPT = "That could not be kept. Nothing was stored."

EMBED_LEAD = "Put this on your site"
EMBED_MORE = (
    "This line puts a button on a page of yours that opens the questions in front of it. Whoever "
    "runs this server names your site in its settings first:"
)

SCRIPT = {
    "close": "Close article",
    "opening": "Opening the article…",
    "not_opened": "The article could not be opened here.",
    "open_page": "Open it as a page of its own",
    "copied": "Copied, with its source",
    "not_copied": "Copying is not possible here: please select the words.",
    "looking": SEARCHING,
    "no_connection_yet": "No connection. Your question is sent as soon as there is one…",
    "still_looking": "Still looking. This takes longer than usual…",
}
"""What the page's script says while the server is silent."""

EMBED = {
    "en": {
        "label": "Questions? Ask our articles",
        "close": "Close",
        "page": "Open as a page",
        "loading": "Loading…",
    },
    "es": {
        "label": "¿Preguntas? Consulte nuestros artículos",
        "close": "Cerrar",
        "page": "Abrir como página",
        "loading": "Cargando…",
    },
}
"""What ``embed.js`` says on another site's page, by language."""

PRAISE = "The author’s own praise, no evidence"
"""Stands at a quote that praises the treatment."""

NOTICES: dict[Notice, str] = {
    Notice.SOURCES_DIFFER: (
        "The articles disagree on this. Each side is quoted; none is called right."
    ),
    Notice.SOURCE_INCOMPLETE: (
        "The article announces a list here, but the list is missing from our copy."
    ),
    Notice.PERSONAL_ADVICE: (
        "This is a question for your own healthcare provider. "
        "The articles cannot decide it for you."
    ),
    Notice.PARTIAL: "The articles answer only part of your question.",
    Notice.FOLLOW_UP: "Read together with your earlier question.",
    Notice.PROMOTIONAL: (
        "Where a sentence is marked as praise, it is the author’s own praise of the treatment. "
        "It is not evidence of how well it works."
    ),
    Notice.CRISIS: (
        "If this is about you or somebody near you, help is there now: see the card above."
    ),
}

_NOBODY = (
    "Nobody reads along here: this page is a program that quotes articles. "
    "Please use one of the numbers above to reach a person."
)

CRISIS_CARDS: dict[str, CrisisCard] = {
    "US": CrisisCard(
        region="US",
        title="You do not have to face this alone. Please reach a person now.",
        lines=(
            CrisisLine("Danger right now, an overdose or an emergency: call 911.", "tel:911"),
            CrisisLine("Call 988, the Suicide & Crisis Lifeline: free, day and night.", "tel:988"),
            CrisisLine("Or text 988.", "sms:988"),
            CrisisLine("Or chat at 988lifeline.org.", "https://988lifeline.org/chat/"),
            CrisisLine(
                "Outside the United States: find a line at findahelpline.com.",
                "https://findahelpline.com/",
            ),
        ),
        nobody_reads_along=_NOBODY,
    ),
}

DEFAULT_REGION = "US"

SPANISH_CRISIS_CARDS: dict[str, CrisisCard] = {
    "US": CrisisCard(
        region="US",
        title="No está solo ni sola. Por favor, hable con una persona ahora.",
        lines=(
            CrisisLine("Peligro ahora mismo, sobredosis o emergencia: llame al 911.", "tel:911"),
            CrisisLine(
                "Llame al 988 y oprima 2 para hablar en español: "
                "la Línea 988 de Prevención del Suicidio y Crisis. Es gratis, de día y de noche.",
                "tel:988",
            ),
            CrisisLine("O envíe la palabra AYUDA por mensaje de texto al 988.", "sms:988"),
            CrisisLine("O escriba por chat en 988lifeline.org/es/.", "https://988lifeline.org/es/"),
            CrisisLine(
                "Fuera de los Estados Unidos: busque una línea de ayuda en findahelpline.com.",
                "https://findahelpline.com/",
            ),
        ),
        nobody_reads_along=(
            "Nadie lee lo que usted escribe aquí: esta página es un programa que cita artículos. "
            "Por favor, use uno de los números de arriba para hablar con una persona."
        ),
    ),
}


def crisis_card(region: str, language: str | None = None) -> CrisisCard:
    """The card of a region, in Spanish for Spanish where there is one, else in English.

    Args:
        region: a region of ``CRISIS_CARDS``.
        language: the ISO 639-1 code of the question's language, if it is known.

    Raises:
        KeyError: if there is no card for the region.
    """
    english = CRISIS_CARDS[region]
    return SPANISH_CRISIS_CARDS.get(region, english) if language == "es" else english


NOT_ENGLISH_OTHER = (
    "The articles are in English, and this page can search them only in English. "
    "Please ask in English if you can. "
    "In an emergency call 911 or your local emergency number. "
    "If you are thinking of suicide, please reach a person now: "
    "call or text 988 in the United States; elsewhere find a line at findahelpline.com."
)
"""For a question in a language that ``NOT_ENGLISH`` has no text in."""

NOT_ENGLISH: dict[str, str] = {
    "es": (
        "Los artículos están en inglés, y esta página solo puede buscar en ellos en inglés. "
        "Por favor, pregunte en inglés si puede. "
        "En una emergencia, llame al 911 o al número de emergencias de su país. "
        "Si piensa en el suicidio, hable con una persona ahora: llame al 988 y oprima 2 "
        "(español), envíe la palabra AYUDA por mensaje de texto al 988, o escriba por chat en "
        "988lifeline.org/es/. Fuera de los Estados Unidos: findahelpline.com."
    ),
    "fr": (
        "Les articles sont en anglais, et cette page ne peut y chercher qu’en anglais. "
        "Si vous le pouvez, posez votre question en anglais. "
        "En cas d’urgence, appelez le 911 ou le numéro d’urgence de votre pays. "
        "Si vous pensez au suicide, parlez à quelqu’un maintenant : "
        "aux États-Unis, appelez le 988 ; ailleurs, trouvez une ligne d’écoute sur "
        "findahelpline.com."
    ),
    "de": (
        "Die Artikel sind auf Englisch, und diese Seite kann sie nur auf Englisch durchsuchen. "
        "Bitte fragen Sie auf Englisch, wenn Sie können. "
        "Rufen Sie im Notfall 911 oder den Notruf Ihres Landes an. "
        "Wenn Sie an Suizid denken, sprechen Sie bitte jetzt mit einem Menschen: "
        "in den USA unter 988; anderswo finden Sie eine Nummer auf findahelpline.com."
    ),
    "pt": (
        "Os artigos estão em inglês, e esta página só consegue pesquisar neles em inglês. "
        "Por favor, pergunte em inglês, se puder. "
        "Em uma emergência, ligue para 911 ou para o número de emergência do seu país. "
        "Se você pensa em suicídio, fale com uma pessoa agora: "
        "nos Estados Unidos, ligue para 988; em outros países, encontre uma linha de ajuda em "
        "findahelpline.com."
    ),
    "it": (
        "Gli articoli sono in inglese, e questa pagina può cercarvi solo in inglese. "
        "Se può, faccia la domanda in inglese. "
        "In caso di emergenza chiami il 911 o il numero di emergenza del suo Paese. "
        "Se pensa al suicidio, parli subito con una persona: "
        "negli Stati Uniti chiami il 988; altrove trovi una linea di aiuto su findahelpline.com."
    ),
    "pl": (
        "Artykuły są po angielsku i ta strona może je przeszukiwać tylko po angielsku. "
        "Jeśli to możliwe, proszę zapytać po angielsku. "
        "W nagłym wypadku proszę zadzwonić pod 911 lub lokalny numer alarmowy. "
        "Jeśli pojawiają się myśli samobójcze, proszę od razu porozmawiać z drugą osobą: "
        "w USA pod numerem 988, a w innych krajach przez findahelpline.com."
    ),
    "nl": (
        "De artikelen zijn in het Engels, en deze pagina kan er alleen in het Engels in zoeken. "
        "Stel uw vraag in het Engels als dat lukt. "
        "Bel in een noodgeval 911 of het alarmnummer van uw land. "
        "Denkt u aan zelfmoord, praat dan nu met iemand: "
        "bel in de VS 988; vind elders een hulplijn op findahelpline.com."
    ),
    "ru": (
        "Статьи написаны на английском, и эта страница ищет в них только по-английски. "
        "Пожалуйста, задайте вопрос по-английски, если можете. "
        "В экстренном случае звоните 911 или по местному номеру экстренной помощи. "
        "Если у вас мысли о самоубийстве, поговорите с человеком прямо сейчас: "
        "в США звоните 988; в других странах найдите линию помощи на findahelpline.com."
    ),
    "zh": (
        "这些文章是英文的，本页面只能用英文搜索。如果可以，请用英文提问。"
        "如遇紧急情况，请拨打 911 或当地的急救电话。"
        "如果您有自杀的念头，请现在就与人联系：在美国请拨打 988；"
        "在其他地方，请到 findahelpline.com 查找求助热线。"
    ),
    "ar": (
        "المقالات باللغة الإنجليزية، ولا يمكن لهذه الصفحة البحث فيها إلا بالإنجليزية. "
        "يرجى طرح السؤال بالإنجليزية إن أمكن. "
        "في حالة الطوارئ اتصل بالرقم 911 أو برقم الطوارئ في بلدك. "
        "إذا كنت تفكر في الانتحار، فتحدث مع شخص الآن: "
        "في الولايات المتحدة اتصل بالرقم 988، وفي البلدان الأخرى ابحث عن خط مساعدة في "
        "findahelpline.com."
    ),
    "vi": (
        "Các bài viết bằng tiếng Anh, và trang này chỉ có thể tìm trong đó bằng tiếng Anh. "
        "Xin hãy hỏi bằng tiếng Anh nếu có thể. "
        "Trong trường hợp khẩn cấp, hãy gọi 911 hoặc số khẩn cấp nơi quý vị ở. "
        "Nếu quý vị nghĩ đến tự tử, hãy nói chuyện với một người ngay bây giờ: "
        "ở Hoa Kỳ, gọi 988; ở nơi khác, tìm đường dây trợ giúp tại findahelpline.com."
    ),
    "tl": (
        "Nasa Ingles ang mga artikulo, at sa Ingles lang makakapaghanap ang pahinang ito. "
        "Mangyaring magtanong sa Ingles kung kaya ninyo. "
        "Sa emergency, tumawag sa 911 o sa emergency number sa inyong lugar. "
        "Kung iniisip ninyo ang pagpapakamatay, makipag-usap po sa isang tao ngayon: "
        "sa Estados Unidos, tumawag sa 988; sa ibang bansa, humanap ng linya ng tulong sa "
        "findahelpline.com."
    ),
    "ko": (
        "글은 영어로 되어 있으며, 이 페이지는 영어로만 검색할 수 있습니다. "
        "가능하시면 영어로 질문해 주세요. "
        "응급 상황에서는 911 또는 현지 응급 번호로 전화하세요. "
        "자살을 생각하고 계시다면 지금 바로 사람과 이야기하세요. "
        "미국에서는 988로 전화하시고, 다른 나라에서는 findahelpline.com에서 상담 전화를 찾으세요."
    ),
    "ja": (
        "記事は英語で書かれており、このページでは英語でしか検索できません。"
        "できましたら英語でご質問ください。"
        "緊急のときは 911 またはお住まいの地域の緊急番号に電話してください。"
        "死にたいと思うことがあれば、今すぐ人と話してください。"
        "アメリカでは 988 に電話し、そのほかの国では findahelpline.com で相談窓口を探してください。"
    ),
    "hi": (
        "लेख अंग्रेज़ी में हैं, और यह पेज उनमें केवल अंग्रेज़ी में खोज सकता है। "
        "हो सके तो कृपया अंग्रेज़ी में पूछें। "
        "आपात स्थिति में 911 या अपने स्थानीय आपातकालीन नंबर पर फ़ोन करें। "
        "अगर आपके मन में आत्महत्या के विचार आ रहे हैं, तो कृपया अभी किसी व्यक्ति से बात करें: "
        "अमेरिका में 988 पर फ़ोन करें; बाकी जगहों के लिए findahelpline.com पर हेल्पलाइन खोजें।"
    ),
    "ht": (
        "Atik yo an anglè, e paj sa a ka chèche ladan yo an anglè sèlman. "
        "Tanpri poze kesyon an an anglè si ou kapab. "
        "Nan yon ijans, rele 911 oswa nimewo ijans kote ou ye a. "
        "Si ou ap panse touye tèt ou, tanpri pale ak yon moun kounye a: "
        "nan peyi Etazini, rele 988; lòt kote, jwenn yon liy èd sou findahelpline.com."
    ),
}
"""That the articles are in English, by the ISO 639-1 code of the question's language."""
