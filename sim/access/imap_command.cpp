// The grammar of commands (RFC 9051 section 9). A reader per verb; each takes what follows the verb, up to
// the end.
#include "postopolis/access/imap_command.hpp"

#include <array>

#include "access/imap_lexer.hpp"

namespace postopolis::access {
namespace {

using Verb = ImapVerb;

constexpr std::array<std::pair<Verb, std::string_view>, 33> verbs = {{{Verb::capability, "CAPABILITY"},
                                                                      {Verb::noop, "NOOP"},
                                                                      {Verb::logout, "LOGOUT"},
                                                                      {Verb::id, "ID"},
                                                                      {Verb::starttls, "STARTTLS"},
                                                                      {Verb::authenticate, "AUTHENTICATE"},
                                                                      {Verb::login, "LOGIN"},
                                                                      {Verb::enable, "ENABLE"},
                                                                      {Verb::select, "SELECT"},
                                                                      {Verb::examine, "EXAMINE"},
                                                                      {Verb::create, "CREATE"},
                                                                      {Verb::remove, "DELETE"},
                                                                      {Verb::rename, "RENAME"},
                                                                      {Verb::subscribe, "SUBSCRIBE"},
                                                                      {Verb::unsubscribe, "UNSUBSCRIBE"},
                                                                      {Verb::list, "LIST"},
                                                                      {Verb::lsub, "LSUB"},
                                                                      {Verb::name_space, "NAMESPACE"},
                                                                      {Verb::status, "STATUS"},
                                                                      {Verb::append, "APPEND"},
                                                                      {Verb::idle, "IDLE"},
                                                                      {Verb::get_quota, "GETQUOTA"},
                                                                      {Verb::get_quota_root, "GETQUOTAROOT"},
                                                                      {Verb::set_quota, "SETQUOTA"},
                                                                      {Verb::check, "CHECK"},
                                                                      {Verb::close, "CLOSE"},
                                                                      {Verb::unselect, "UNSELECT"},
                                                                      {Verb::expunge, "EXPUNGE"},
                                                                      {Verb::search, "SEARCH"},
                                                                      {Verb::fetch, "FETCH"},
                                                                      {Verb::store, "STORE"},
                                                                      {Verb::copy, "COPY"},
                                                                      {Verb::move, "MOVE"}}};

constexpr std::array<std::pair<ImapStatusItem, std::string_view>, 8> status_items = {
    {{ImapStatusItem::messages, "MESSAGES"},
     {ImapStatusItem::recent, "RECENT"},
     {ImapStatusItem::uid_next, "UIDNEXT"},
     {ImapStatusItem::uid_validity, "UIDVALIDITY"},
     {ImapStatusItem::unseen, "UNSEEN"},
     {ImapStatusItem::deleted, "DELETED"},
     {ImapStatusItem::size, "SIZE"},
     {ImapStatusItem::highest_modseq, "HIGHESTMODSEQ"}}};

class CommandReader {
public:
    CommandReader(const ImapLine& line, ImapCommand& command) : in_(line), c_(command) {}

    /// Null if all is well, else what was expected.
    const char* read() {
        const auto tag = in_.take_while([](char c) { return is_atom_char(c) && c != '+'; });
        if (!tag) return "a tag is expected";
        c_.tag = *tag;
        if (!in_.space()) return "a command is expected after the tag";
        auto word = in_.take_word();
        if (!word) return "a command is expected after the tag";
        if (*word == "UID") {
            c_.uid = true;
            word = in_.space() ? in_.take_word() : std::nullopt;
            if (!word) return "a command is expected after UID";
        }
        c_.verb = find_verb(*word);
        const bool takes_uid = c_.verb == Verb::fetch || c_.verb == Verb::store || c_.verb == Verb::search ||
                               c_.verb == Verb::copy || c_.verb == Verb::move || c_.verb == Verb::expunge;
        if (c_.verb == Verb::unknown || (c_.uid && !takes_uid)) {
            c_.verb = Verb::unknown;
            c_.name = *word;
            return nullptr;
        }
        if (const char* expected = arguments()) return expected;
        return in_.at_end() ? nullptr : "nothing more is expected here";
    }

private:
    static Verb find_verb(std::string_view word) {
        for (const auto& [verb, name] : verbs)
            if (name == word) return verb;
        return Verb::unknown;
    }

    const char* arguments() {
        switch (c_.verb) {
        case Verb::id:
            return id();
        case Verb::authenticate:
            return authenticate();
        case Verb::login:
            return mailbox(c_.name) && mailbox(c_.second) ? nullptr : "a user and a password are expected";
        case Verb::enable:
            return enable();
        case Verb::select:
        case Verb::examine:
            return select();
        case Verb::create:
            return create();
        case Verb::remove:
        case Verb::subscribe:
        case Verb::unsubscribe:
        case Verb::get_quota_root:
        case Verb::get_quota:
            return mailbox(c_.name) ? nullptr : "a name is expected";
        case Verb::set_quota:
            in_.take_rest(); // refused in any case
            return nullptr;
        case Verb::rename:
            return mailbox(c_.name) && mailbox(c_.second) ? nullptr : "two mailboxes are expected";
        case Verb::list:
        case Verb::lsub:
            return list();
        case Verb::status:
            return mailbox(c_.name) && in_.space() && status(c_.status)
                       ? nullptr
                       : "a mailbox and a list of items are expected";
        case Verb::append:
            return append();
        case Verb::expunge:
            return !c_.uid || set() ? nullptr : "a set of UIDs is expected";
        case Verb::search:
            return search();
        case Verb::fetch:
            return fetch();
        case Verb::store:
            return store();
        case Verb::copy:
        case Verb::move:
            return set() && mailbox(c_.name) ? nullptr : "a sequence set and a mailbox are expected";
        default:
            return nullptr;
        }
    }

    bool mailbox(std::string& into) {
        if (!in_.space()) return false;
        auto name = in_.take_astring();
        if (name) into = std::move(*name);
        return name.has_value();
    }

    bool set() {
        if (!in_.space()) return false;
        const auto text = in_.take_while([](char c) { return is_atom_char(c) || c == '*'; });
        auto parsed = text ? ImapSet::parse(*text) : std::nullopt;
        if (parsed) c_.set = std::move(*parsed);
        return parsed.has_value();
    }

    /// Of strings and NIL; what they say is of no use here (RFC 2971).
    const char* id() {
        constexpr const char* expected = "NIL or a list of strings is expected";
        if (!in_.space()) return expected;
        if (!in_.take('(')) {
            const auto word = in_.take_word();
            return word && *word == "NIL" ? nullptr : expected;
        }
        if (in_.take(')')) return nullptr;
        do {
            if (in_.peek() == '"' || in_.at_literal()) {
                if (!in_.take_string()) return expected;
            } else if (const auto word = in_.take_word(); !word || *word != "NIL") {
                return expected;
            }
        } while (in_.space());
        return in_.take(')') ? nullptr : expected;
    }

    const char* authenticate() {
        auto mechanism = in_.space() ? in_.take_word() : std::nullopt;
        if (!mechanism) return "a mechanism is expected";
        c_.name = std::move(*mechanism);
        if (!in_.space()) return nullptr;
        c_.second = in_.take_rest();
        c_.has_second = true;
        return c_.second.empty() ? "an initial response is expected" : nullptr;
    }

    const char* enable() {
        while (in_.space()) {
            auto word = in_.take_word();
            if (!word) return "a capability is expected";
            c_.words.push_back(std::move(*word));
        }
        return c_.words.empty() ? "a capability is expected" : nullptr;
    }

    const char* select() {
        if (!mailbox(c_.name)) return "a mailbox is expected";
        if (!in_.space()) return nullptr;
        const auto word = in_.take('(') ? in_.take_word() : std::nullopt;
        if (!word || *word != "CONDSTORE" || !in_.take(')')) return "(CONDSTORE) is expected";
        c_.condstore = true;
        return nullptr;
    }

    const char* create() {
        constexpr const char* expected = "(USE (attribute)) is expected";
        if (!mailbox(c_.name)) return "a mailbox is expected";
        if (!in_.space()) return nullptr;
        const auto word = in_.take('(') ? in_.take_word() : std::nullopt;
        if (!word || *word != "USE" || !in_.space() || !in_.take('(') || !in_.take('\\')) return expected;
        const auto use = in_.take_word();
        if (!use || !in_.take(')') || !in_.take(')')) return expected;
        for (const ImapUse known :
             {ImapUse::archive, ImapUse::drafts, ImapUse::junk, ImapUse::sent, ImapUse::trash})
            if (imap_same("\\" + *use, to_string(known))) c_.use = known;
        return c_.use == ImapUse::none ? expected : nullptr;
    }

    bool status(std::vector<ImapStatusItem>& into) {
        if (!in_.take('(')) return false;
        do {
            const auto word = in_.take_word();
            bool known = false;
            for (const auto& [item, name] : status_items) {
                if (!word || name != *word) continue;
                into.push_back(item);
                known = true;
            }
            if (!known) return false;
        } while (in_.space());
        return in_.take(')');
    }

    const char* list() {
        constexpr const char* expected = "a reference and a mailbox are expected";
        ImapList& l = c_.list;
        if (!in_.space()) return expected;
        if (in_.take('(') && !(list_selection() && in_.space())) return "selection options are expected";
        auto reference = in_.take_astring();
        if (!reference || !in_.space()) return expected;
        l.reference = std::move(*reference);
        const bool several = in_.take('(');
        do {
            auto pattern = in_.take_list_mailbox();
            if (!pattern) return expected;
            l.patterns.push_back(std::move(*pattern));
        } while (several && in_.space());
        if (several && !in_.take(')')) return expected;
        if (!in_.space()) return nullptr;
        const auto word = in_.take_word();
        return word && *word == "RETURN" && in_.space() && list_returns() ? nullptr
                                                                          : "RETURN options are expected";
    }

    /// After the '('.
    bool list_selection() {
        if (in_.take(')')) return true;
        do {
            const auto word = in_.take_word();
            if (!word) return false;
            if (*word == "SUBSCRIBED")
                c_.list.only_subscribed = true;
            else if (*word == "SPECIAL-USE")
                c_.list.only_special = true;
            else if (*word == "RECURSIVEMATCH")
                c_.list.recursive = true;
            else if (*word != "REMOTE") // there are none
                return false;
        } while (in_.space());
        // RECURSIVEMATCH says how another option is meant.
        return in_.take(')') && (!c_.list.recursive || c_.list.only_subscribed);
    }

    bool list_returns() {
        if (!in_.take('(')) return false;
        if (in_.take(')')) return true;
        do {
            const auto word = in_.take_word();
            if (!word) return false;
            if (*word == "SUBSCRIBED")
                c_.list.tells_subscribed = true;
            else if (*word == "CHILDREN")
                c_.list.tells_children = true;
            else if (*word == "SPECIAL-USE")
                c_.list.tells_special = true;
            else if (*word != "STATUS" || !in_.space() || !status(c_.list.status))
                return false;
        } while (in_.space());
        return in_.take(')');
    }

    bool flag_list(ImapFlags& flags) {
        if (in_.take(')')) return true;
        do {
            const bool system = in_.take('\\');
            const auto atom = in_.take_atom();
            if (!atom || !flags.add((system ? "\\" : "") + *atom)) return false;
            if (system && !imap_system_flag("\\" + *atom)) return false; // \Recent and those unknown
        } while (in_.space());
        return in_.take(')');
    }

    const char* append() {
        if (!mailbox(c_.name) || !in_.space()) return "a mailbox is expected";
        if (in_.take('(') && !(flag_list(c_.flags) && in_.space())) return "a list of flags is expected";
        if (in_.peek() == '"') {
            const auto text = in_.take_quoted();
            c_.date = text ? parse_imap_date_time(*text) : std::nullopt;
            if (!c_.date || !in_.space()) return "a date and time is expected";
        }
        const ImapPiece* literal = in_.take_literal();
        if (literal == nullptr) return "a message as a literal is expected";
        c_.literal = *literal;
        return nullptr;
    }

    const char* search() {
        constexpr const char* expected = "search keys are expected";
        if (!in_.space()) return expected;
        ImapLexer before = in_;
        auto word = in_.take_word();
        if (word && *word == "RETURN") {
            if (!in_.space() || !search_returns() || !in_.space()) return "RETURN options are expected";
            before = in_;
            word = in_.take_word();
        }
        if (word && *word == "CHARSET") {
            auto name = in_.space() ? in_.take_astring() : std::nullopt;
            if (!name || !in_.space()) return "a character set is expected";
            c_.charset = imap_upper(*name);
        } else {
            in_ = before;
        }
        auto key = parse_search_keys(in_);
        if (!key) return expected;
        c_.key = std::move(*key);
        return nullptr;
    }

    bool search_returns() {
        ImapReturns& r = c_.returns;
        r.given = true;
        if (!in_.take('(')) return false;
        if (in_.take(')')) return r.all = true;
        do {
            const auto word = in_.take_word();
            if (!word) return false;
            bool* option = *word == "MIN"     ? &r.min
                           : *word == "MAX"   ? &r.max
                           : *word == "ALL"   ? &r.all
                           : *word == "COUNT" ? &r.count
                           : *word == "SAVE"  ? &r.save
                                              : nullptr;
            if (option == nullptr) return false;
            *option = true;
        } while (in_.space());
        return in_.take(')');
    }

    /// "(CHANGEDSINCE 12)"
    bool modifier(std::string_view name) {
        const auto word = in_.take('(') ? in_.take_word() : std::nullopt;
        if (!word || *word != name || !in_.space()) return false;
        c_.modseq = in_.take_number();
        return c_.modseq.has_value() && in_.take(')');
    }

    const char* fetch() {
        if (!set() || !in_.space()) return "a sequence set is expected";
        auto items = parse_fetch_items(in_);
        if (!items) return "data items are expected";
        c_.items = std::move(*items);
        if (!in_.space()) return nullptr;
        return modifier("CHANGEDSINCE") ? nullptr : "(CHANGEDSINCE number) is expected";
    }

    const char* store() {
        constexpr const char* expected = "FLAGS, +FLAGS or -FLAGS and flags are expected";
        if (!set() || !in_.space()) return "a sequence set is expected";
        if (in_.peek() == '(' && !(modifier("UNCHANGEDSINCE") && in_.space()))
            return "(UNCHANGEDSINCE number) is expected";
        ImapStore& s = c_.store;
        if (in_.take('+'))
            s.how = ImapStore::How::add;
        else if (in_.take('-'))
            s.how = ImapStore::How::remove;
        const auto word = in_.take_word();
        if (!word || (*word != "FLAGS" && *word != "FLAGS.SILENT") || !in_.space()) return expected;
        s.silent = *word == "FLAGS.SILENT";
        if (in_.take('(')) return flag_list(s.flags) ? nullptr : expected;
        do { // the list without parentheses (store-att-flags)
            const bool system = in_.take('\\');
            const auto atom = in_.take_atom();
            if (!atom || (system && !imap_system_flag("\\" + *atom))) return expected;
            s.flags.add((system ? "\\" : "") + *atom);
        } while (in_.space());
        return nullptr;
    }

    ImapLexer in_;
    ImapCommand& c_;
};

} // namespace

std::string_view to_string(ImapVerb verb) {
    for (const auto& [known, name] : verbs)
        if (known == verb) return name;
    return "";
}

std::string_view to_string(ImapStatusItem item) {
    for (const auto& [known, name] : status_items)
        if (known == item) return name;
    return "";
}

std::variant<ImapCommand, ImapMistake> parse_imap_command(const ImapLine& line) {
    ImapCommand command;
    const char* expected = CommandReader(line, command).read();
    if (expected == nullptr) return command;
    ImapMistake mistake;
    if (!command.tag.empty()) mistake.tag = command.tag;
    const auto name = to_string(command.verb);
    mistake.text =
        (name.empty() ? "" : std::string(command.uid ? "UID " : "") + std::string(name) + ": ") + expected;
    return mistake;
}

} // namespace postopolis::access
