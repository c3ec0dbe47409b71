// The meaning of aliases, lists, forwarding, vacation notices, and of how letters look.
#include <set>

#include "scenario/residents.hpp"

namespace postopolis::scenario {
namespace {

class DomainMediators {
public:
    DomainMediators(const Domain& d, const Residents& residents, Remarks& remarks)
        : d_(d), residents_(residents), remarks_(remarks), at_(domain_pointer(d.name)) {}

    void run() {
        constexpr std::string_view separators = "+-_=.#";
        if (d_.plus_addresses.size() > 1 || separators.find(d_.plus_addresses) == std::string_view::npos)
            remarks_.push_back({at_ + "/plus_addresses", "a detail is parted by one of + - _ = . #"});
        for (const Alias& alias : d_.aliases) {
            const std::string here = at_ + "/aliases/" + escape_pointer(alias.name);
            if (alias.name != "*") take_name(alias.name, here);
            if (alias.to.empty()) remarks_.push_back({here, "an alias stands for somebody: give an address"});
            check_recipients(alias.to, here, residents_, remarks_);
        }
        for (const MailingList& list : d_.lists)
            check(list, at_ + "/lists/" + escape_pointer(list.name));
    }

private:
    void take_name(const std::string& name, const std::string& here) {
        if (auto problem = address_problem(name + "@" + d_.name))
            remarks_.push_back({here, "\"" + name + "\" can't stand before @: " + *problem});
        else if (d_.people.contains(name))
            remarks_.push_back({here, "somebody is called \"" + name + "\" at " + d_.name + ", and would get the mail"});
        else if (!names_.insert(lower(name)).second)
            remarks_.push_back({here, "\"" + name + "\" stands for something else at " + d_.name + " already"});
    }

    void check(const MailingList& list, const std::string& here) {
        take_name(list.name, here);
        take_name(list.name + "-bounces", here);
        take_name(list.name + "-request", here);
        if (list.members.empty()) remarks_.push_back({here, "the list " + list.name + " has no members"});
        for (std::size_t i = 0; i < list.members.size(); ++i) {
            const std::string& member = list.members[i];
            const std::string place = here + "/members/" + std::to_string(i);
            if (member.find('@') == std::string::npos || member.find('*') != std::string::npos) {
                if (auto problem = residents_.several_problem(member, place)) remarks_.push_back(*problem);
            } else if (auto wrong = address_problem(member)) {
                remarks_.push_back({place, "\"" + member + "\" is no address: " + *wrong});
            }
        }
        if (list.subject_prefix.find_first_of("\r\n") != std::string::npos)
            remarks_.push_back({here + "/subject_prefix", "a subject is one line"});
    }

    const Domain& d_;
    const Residents& residents_;
    Remarks& remarks_;
    std::string at_;
    std::set<std::string> names_;
};

void check_look(const Look& look, const std::string& at, Remarks& remarks) {
    for (std::size_t i = 0; i < look.attachments.size(); ++i) {
        const AttachedFile& file = look.attachments[i];
        const std::string here = at + "/attachments/" + std::to_string(i);
        if (file.name.empty()) remarks.push_back({here, "a file needs a \"name\", such as \"report.pdf\""});
        if (file.size > 2'000'000'000) remarks.push_back({here + "/size", "a file has at most 2GB"});
        if (file.type.empty()) continue;
        const std::size_t slash = file.type.find('/');
        const std::string kind = lower(file.type.substr(0, slash));
        constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&-^_.+/";
        if (slash == std::string::npos || slash == 0 || slash + 1 == file.type.size() || slash != file.type.rfind('/') ||
            file.type.find_first_not_of(letters) != std::string::npos)
            remarks.push_back({here + "/type", "\"" + file.type + "\" is no media type such as \"application/pdf\""});
        else if (kind == "multipart" || kind == "message")
            remarks.push_back({here + "/type", "a file is no " + kind + ": it comes in base64, which RFC 2045 forbids for that"});
    }
}

} // namespace

void check_mediators(const Scenario& s, Remarks& remarks) {
    const Residents residents(s);
    for (const Domain& d : s.domains)
        DomainMediators(d, residents, remarks).run();
    for (const PersonRule& rule : s.people) {
        const std::string at = "/people/" + escape_pointer(rule.pattern);
        if (const auto& forward = rule.settings.forward) {
            if (forward->to.empty()) remarks.push_back({at + "/forward", "mail is forwarded to somebody: give an address"});
            check_recipients(forward->to, at + "/forward/to", residents, remarks);
        }
        if (rule.settings.vacation && rule.settings.vacation->text.empty())
            remarks.push_back({at + "/vacation", "an answer needs a \"text\""});
    }
    for (std::size_t i = 0; i < s.letters.size(); ++i) {
        const std::string at = "/letters/" + std::to_string(i);
        check_look(s.letters[i].look, at, remarks);
        if (s.letters[i].look.languages.size() > 1)
            remarks.push_back({at + "/language", "one letter is in one language"});
    }
    for (std::size_t i = 0; i < s.traffic.size(); ++i)
        check_look(s.traffic[i].look, "/traffic/" + std::to_string(i), remarks);
}

} // namespace postopolis::scenario
