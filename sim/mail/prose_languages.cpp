// Generated text in other languages than English, from whole sentences with one noun to choose. The nouns are chosen
// so that every sentence takes each of them as it is (in German neuter and feminine ones, in Russian inanimate ones:
// their nominative is their accusative).
#include "mail/prose_languages.hpp"

#include "mail/prose.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace postopolis::mail {
namespace {

using std::string_view;

struct Phrases {
    string_view greeting, closing;   ///< % is the name
    std::array<string_view, 12> sentences; ///< % is a noun
    std::array<string_view, 10> nouns;
    std::array<string_view, 4> subjects; ///< % is a noun
    bool spaced; ///< words are parted by spaces; else a line may break anywhere
};

constexpr Phrases german{
    "Guten Tag %,",
    "Mit freundlichen Grüßen",
    {"Bitte prüfen Sie % bis Freitag.", "Könnten Sie mir % noch heute schicken?",
     "Für % brauchen wir noch eine Unterschrift.", "Über % sprechen wir am Dienstag im großen Saal.",
     "Ich habe % gestern Abend gelesen und bin sehr zufrieden.", "Leider ist % noch nicht fertig.",
     "Vielen Dank für die schnelle Antwort!", "Wir müssen % vor der Sitzung übersetzen.",
     "Die Kollegen aus München schließen % nächste Woche ab.", "Das Büro bleibt am Montag geschlossen.",
     "Haben Sie % schon geöffnet?", "Ohne % können wir nicht anfangen."},
    {"das Angebot", "die Rechnung", "das Protokoll", "die Bestellung", "die Übersetzung", "das Gutachten", "die Prüfliste",
     "die Broschüre", "das Verzeichnis", "die Änderung"},
    {"Frage: %", "Rückmeldung gewünscht: %", "Es geht um Folgendes: %", "Für Sie: %"},
    true};
constexpr Phrases french{
    "Bonjour %,",
    "Bien cordialement,",
    {"Pourriez-vous vérifier % avant vendredi ?", "J'ai bien reçu % et je vous en remercie.",
     "Nous préparons % pour la réunion de mardi.", "Il faut encore traduire % en français.",
     "Le comité a approuvé % à l'unanimité.", "Malheureusement, % n'est pas encore prêt.",
     "Où avez-vous rangé % ?", "Je vous enverrai % dès que possible.", "La porte du musée était fermée hier.",
     "Sans %, nous ne pouvons pas commencer.", "Notre collègue étudie % cet après-midi.",
     "N'hésitez pas à m'appeler à midi."},
    {"le rapport", "le contrat", "le projet d'été", "le compte rendu", "le devis", "le dépliant", "le procès-verbal",
     "le calendrier", "le reçu", "le résumé"},
    {"À propos : %", "Question : %", "Réponse souhaitée : %", "Rappel : %"},
    true};
constexpr Phrases spanish{
    "Estimado colega %:",
    "Un cordial saludo,",
    {"¿Podría revisar % antes del viernes?", "He leído % y me parece muy útil.",
     "Mañana presentaremos % en la reunión.", "Todavía tenemos que traducir % al español.",
     "La señora Núñez ya firmó %.", "Lamentablemente, % no está listo todavía.", "¿Dónde guardó usted %?",
     "Le enviaré % lo más pronto posible.", "El año pasado hicimos lo mismo.", "Sin % no podemos empezar.",
     "Nuestro director quiere ver % el miércoles.", "¡Muchas gracias por su atención!"},
    {"el informe", "el contrato", "el diseño", "el presupuesto", "el catálogo", "el resumen", "el borrador", "el análisis",
     "el calendario", "el acta de la sesión"},
    {"Consulta: %", "Sobre el próximo año: %", "Atención: %", "Revisión: %"},
    true};
constexpr Phrases russian{
    "Здравствуйте, %!",
    "С уважением,",
    {"Пожалуйста, проверьте % до пятницы.", "Я прочитал % и во всём согласен.",
     "Завтра мы обсудим % на собрании.", "Нужно ещё раз перевести % на русский язык.",
     "Директор уже подписал %.", "К сожалению, % ещё не готов.", "Где лежит %?",
     "Я пришлю вам % как можно скорее.", "Спасибо за быстрый ответ!", "Не забудьте взять % с собой.",
     "Коллеги закончат % на следующей неделе.", "Если есть вопросы, звоните мне в любое время."},
    {"отчёт", "договор", "проект", "список", "доклад", "перевод", "чертёж", "заказ", "план", "каталог"},
    {"Вопрос: %", "Напоминание: %", "Срочно: %", "На подпись: %"},
    true};
constexpr Phrases japanese{
    "%様",
    "どうぞよろしくお願いいたします。",
    {"お世話になっております。", "金曜日までに%をご確認ください。", "%を添付いたします。",
     "明日の会議で%についてお話しします。", "%はまだ完成していません。", "昨日、%を拝見しました。",
     "%の翻訳が必要です。", "お返事をありがとうございました。", "来週、%をお送りします。",
     "ご質問がございましたら、お電話ください。", "%がなければ始められません。", "図書館は月曜日に閉まっています。"},
    {"報告書", "契約書", "見積書", "議事録", "請求書", "予定表", "提案書", "資料", "名簿", "設計図"},
    {"%の件", "ご確認のお願い：%", "%について", "至急：%"},
    false};
constexpr Phrases chinese{
    "%您好：",
    "此致敬礼",
    {"请在星期五之前检查%。", "我已经收到%，非常感谢。", "明天开会时我们讨论%。", "%还没有准备好。",
     "请把%发给我们的同事。", "昨天我看了%，觉得很好。", "%需要翻译成中文。", "谢谢您的及时回复！",
     "下个星期我会寄出%。", "如果有问题，请给我打电话。", "没有%，我们不能开始。", "图书馆星期一不开门。"},
    {"报告", "合同", "计划", "发票", "会议记录", "名单", "设计图", "说明书", "预算", "申请表"},
    {"关于%", "请确认：%", "提醒：%", "问题：%"},
    false};

const Phrases& phrases_of(Language language) {
    switch (language) {
    case Language::german:
        return german;
    case Language::french:
        return french;
    case Language::spanish:
        return spanish;
    case Language::russian:
        return russian;
    case Language::japanese:
        return japanese;
    default:
        return chinese;
    }
}

std::string filled(string_view pattern, string_view word) {
    std::string out(pattern);
    if (const std::size_t at = out.find('%'); at != std::string::npos) out.replace(at, 1, word);
    return out;
}

std::size_t character_octets(char lead) {
    const auto octet = static_cast<unsigned char>(lead);
    return octet >= 0xf0 ? 4 : octet >= 0xe0 ? 3 : octet >= 0xc0 ? 2 : 1;
}

/// Words in lines.
class Lines {
public:
    Lines(std::string& out, bool spaced) : out_(out), spaced_(spaced) {}

    void add(string_view sentence) {
        while (!sentence.empty()) {
            const std::size_t end = spaced_ ? std::min(sentence.find(' '), sentence.size()) : character_octets(sentence.front());
            word(sentence.substr(0, end));
            sentence.remove_prefix(end);
            if (spaced_ && !sentence.empty()) sentence.remove_prefix(1);
        }
    }
    void end_line() {
        out_ += "\r\n";
        column_ = 0;
    }
    std::size_t column() const { return column_; }

private:
    void word(string_view text) {
        std::size_t width = 0;
        for (std::size_t i = 0; i < text.size(); i += character_octets(text[i]))
            width += character_octets(text[i]) > 2 ? 2U : 1U;
        const std::size_t gap = spaced_ && column_ > 0 ? 1 : 0;
        if (column_ + gap + width > line_width && !is_closing(text)) {
            end_line();
        } else if (gap > 0) {
            out_ += ' ';
            ++column_;
        }
        out_ += text;
        column_ += width;
    }
    /// What East Asian typography does not put at the beginning of a line.
    static bool is_closing(string_view text) {
        return text == "。" || text == "、" || text == "，" || text == "：" || text == "！" || text == "？";
    }

    std::string& out_;
    bool spaced_;
    std::size_t column_ = 0;
};

/// Exactly so many octets, at least 2: a reference number in groups of three digits, the last line ended.
void append_reference(std::string& out, TextRandom& random, std::size_t octets) {
    while (octets > 0) {
        // A line of up to 60 octets, so that what is left is nothing or a line again.
        const std::size_t line = octets <= 60 ? octets : std::min<std::size_t>(60, octets - 2);
        for (std::size_t i = 0; i + 2 < line; ++i)
            out += i % 4 == 3 && i + 3 < line ? ' ' : static_cast<char>('0' + random.below(10));
        out += "\r\n";
        octets -= line;
    }
}

} // namespace

void append_prose(std::string& out, Language language, std::uint64_t seed, std::uint64_t size, string_view to,
                  string_view from) {
    if (language == Language::english) return append_prose(out, seed, size, to, from);
    const Phrases& phrases = phrases_of(language);
    TextRandom random(seed);
    const std::string greeting = filled(phrases.greeting, to) + "\r\n\r\n";
    const std::string closing = "\r\n" + std::string(phrases.closing) + "\r\n" + std::string(from) + "\r\n";
    std::size_t end = out.size() + std::max<std::size_t>(size, 2);
    const bool polite = !to.empty() && !from.empty() && end - out.size() >= greeting.size() + closing.size() + 160;
    if (polite) {
        out += greeting;
        end -= closing.size();
    }
    Lines lines(out, phrases.spaced);
    std::size_t in_paragraph = 0;
    for (;;) {
        const std::string sentence = filled(pick(random, phrases.sentences), pick(random, phrases.nouns));
        const std::size_t at_most = sentence.size() * 2 + 8; // with a line break where a character may be
        if (out.size() + at_most + 8 > end) break;
        lines.add(sentence);
        if (++in_paragraph < 3 + random.below(3)) continue;
        lines.end_line();
        lines.end_line();
        in_paragraph = 0;
    }
    if (lines.column() > 0) lines.end_line();
    append_reference(out, random, end - out.size());
    if (polite) out += closing;
}

std::string prose_subject(Language language, std::uint64_t seed) {
    if (language == Language::english) return prose_subject(seed);
    const Phrases& phrases = phrases_of(language);
    TextRandom random(seed ^ 0x5375626a656374U);
    const string_view pattern = pick(random, phrases.subjects);
    return filled(pattern, pick(random, phrases.nouns));
}

} // namespace postopolis::mail
