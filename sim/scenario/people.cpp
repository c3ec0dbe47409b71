#include "postopolis/scenario/people.hpp"

#include <algorithm>

#include "postopolis/scenario/scenario.hpp"
#include "scenario/units.hpp"

namespace postopolis::scenario {

std::string NumberedPeople::name(std::uint64_t index) const {
    std::string result = pattern;
    if (std::size_t at = result.find("{n}"); at != std::string::npos)
        result.replace(at, 3, std::to_string(first + index));
    return result;
}

std::optional<std::uint64_t> NumberedPeople::find(std::string_view local_part) const {
    std::size_t at = pattern.find("{n}");
    if (at == std::string::npos) return std::nullopt;
    std::string_view before = std::string_view(pattern).substr(0, at),
                     after = std::string_view(pattern).substr(at + 3);
    if (local_part.size() <= before.size() + after.size() ||
        local_part.size() > before.size() + after.size() + 18)
        return std::nullopt;
    if (!same_name(local_part.substr(0, at), before) ||
        !same_name(local_part.substr(local_part.size() - after.size()), after))
        return std::nullopt;
    std::string_view digits = local_part.substr(at, local_part.size() - before.size() - after.size());
    if (digits.size() > 1 && digits[0] == '0') return std::nullopt;
    std::uint64_t n = 0;
    for (char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        n = n * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (n < first || n - first >= count) return std::nullopt;
    return n - first;
}

std::uint64_t People::count() const {
    std::uint64_t total = names.size();
    for (const NumberedPeople& range : numbered)
        total += range.count;
    return total;
}

std::string People::name(std::uint64_t index) const {
    if (index < names.size()) return names[index];
    index -= names.size();
    for (const NumberedPeople& range : numbered) {
        if (index < range.count) return range.name(index);
        index -= range.count;
    }
    return {};
}

std::optional<std::uint64_t> People::find(std::string_view local_part) const {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (same_name(names[i], local_part)) return i;
    std::uint64_t before = names.size();
    for (const NumberedPeople& range : numbered) {
        if (auto index = range.find(local_part)) return before + *index;
        before += range.count;
    }
    return std::nullopt;
}

bool matches(std::string_view pattern, std::string_view text) {
    // Greedy with one point of return: the last * seen.
    std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

PeopleRules::PeopleRules(const std::vector<PersonRule>& rules) : rules_(&rules) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (rules[i].pattern.find('*') != std::string::npos)
            patterns_.push_back(i);
        else
            exact_.emplace(lower(rules[i].pattern), i);
    }
}

namespace {

void overlay(PersonSettings& on, const PersonSettings& by) {
    auto take = [](auto& to, const auto& from) {
        if (from) to = from;
    };
    take(on.at, by.at);
    take(on.line, by.line);
    take(on.submission, by.submission);
    take(on.password, by.password);
    take(on.wrong_password, by.wrong_password);
    take(on.tls, by.tls);
    take(on.authenticates, by.authenticates);
    take(on.reads, by.reads);
    take(on.reading, by.reading);
    if (by.contacts || by.contact_graph) {
        on.contacts = by.contacts;
        on.contact_graph = by.contact_graph;
    }
    take(on.replies, by.replies);
    take(on.quota, by.quota);
    take(on.forward, by.forward);
    take(on.vacation, by.vacation);
    take(on.drop_duplicates, by.drop_duplicates);
}

} // namespace

PersonSettings PeopleRules::settings_for(std::string_view address) const {
    return settings(applying(address));
}

std::vector<std::size_t> PeopleRules::applying(std::string_view address) const {
    std::vector<std::size_t> applying;
    for (std::size_t i : patterns_)
        if (matches((*rules_)[i].pattern, address)) applying.push_back(i);
    auto [from, to] = exact_.equal_range(lower(address));
    for (auto it = from; it != to; ++it)
        applying.push_back(it->second);
    std::sort(applying.begin(), applying.end());
    return applying;
}

PersonSettings PeopleRules::settings(const std::vector<std::size_t>& applying) const {
    PersonSettings result;
    for (std::size_t i : applying)
        overlay(result, (*rules_)[i].settings);
    return result;
}

const Host* Scenario::find_host(std::string_view name) const {
    for (const Host& host : hosts)
        if (same_name(host.name, name)) return &host;
    return nullptr;
}

const Domain* Scenario::find_domain(std::string_view name) const {
    for (const Domain& domain : domains)
        if (same_name(domain.name, name)) return &domain;
    return nullptr;
}

std::uint64_t Scenario::mailbox_count() const {
    std::uint64_t total = 0;
    for (const Domain& domain : domains)
        total += domain.people.count();
    for (const DomainSeries& s : series)
        total += s.mailbox_count();
    return total;
}

std::uint64_t Scenario::domain_count() const {
    std::uint64_t total = domains.size();
    for (const DomainSeries& s : series)
        total += s.count;
    return total;
}

std::uint64_t Scenario::host_count() const {
    return domain_count() - domains.size() + hosts.size();
}

std::string_view name(SmtpAnswer::Step step) {
    switch (step) {
    case SmtpAnswer::Step::Connect:
        return "connect";
    case SmtpAnswer::Step::Greeting:
        return "greeting";
    case SmtpAnswer::Step::Ehlo:
        return "ehlo";
    case SmtpAnswer::Step::Starttls:
        return "starttls";
    case SmtpAnswer::Step::Auth:
        return "auth";
    case SmtpAnswer::Step::Mail:
        return "mail";
    case SmtpAnswer::Step::Rcpt:
        return "rcpt";
    case SmtpAnswer::Step::Data:
        return "data";
    case SmtpAnswer::Step::EndOfData:
        return "end_of_data";
    }
    return "";
}

std::string_view name(DnsTrouble::Kind kind) {
    switch (kind) {
    case DnsTrouble::Kind::Servfail:
        return "servfail";
    case DnsTrouble::Kind::Timeout:
        return "timeout";
    case DnsTrouble::Kind::Nxdomain:
        return "nxdomain";
    }
    return "";
}

} // namespace postopolis::scenario
