// Building, comparing and showing resource records.
#include "postopolis/dns/record.hpp"

#include <charconv>
#include <utility>

namespace postopolis::dns {
namespace {

constexpr std::array<std::pair<Type, std::string_view>, 8> type_names{{{Type::a, "A"},
                                                                       {Type::ns, "NS"},
                                                                       {Type::cname, "CNAME"},
                                                                       {Type::soa, "SOA"},
                                                                       {Type::ptr, "PTR"},
                                                                       {Type::mx, "MX"},
                                                                       {Type::txt, "TXT"},
                                                                       {Type::aaaa, "AAAA"}}};

/// With the trailing dot that tells an absolute name in a master file (RFC 1035 section 5.1).
std::string absolute(const Name& name) {
    return name.is_root() ? "." : std::string(name.text()) + '.';
}

std::string quoted(const Strings& strings) {
    std::string text;
    for (const std::string& string : strings) {
        text += text.empty() ? "\"" : " \"";
        for (const char c : string) {
            const auto code = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\') {
                text += '\\';
                text += c;
            } else if (code < ' ' || code >= 127) {
                const std::string digits = std::to_string(code);
                text += '\\' + std::string(3 - digits.size(), '0') + digits;
            } else {
                text += c;
            }
        }
        text += '"';
    }
    return text;
}

std::string hexadecimal(const Octets& octets) { // RFC 3597 section 5
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\\# " + std::to_string(octets.size());
    if (!octets.empty()) text += ' ';
    for (const std::uint8_t octet : octets) {
        text += digits[octet >> 4];
        text += digits[octet & 15];
    }
    return text;
}

struct ShowData {
    std::string operator()(const Ipv4& address) const { return address.to_string(); }
    std::string operator()(const Ipv6& address) const { return address.to_string(); }
    std::string operator()(const Name& name) const { return absolute(name); }
    std::string operator()(const Mx& mx) const {
        return std::to_string(mx.preference) + ' ' + absolute(mx.exchange);
    }
    std::string operator()(const Strings& strings) const { return quoted(strings); }
    std::string operator()(const Octets& octets) const { return hexadecimal(octets); }
    std::string operator()(const std::shared_ptr<const Soa>& soa) const {
        std::string text = absolute(soa->primary) + ' ' + absolute(soa->mailbox);
        for (const std::uint32_t number : {soa->serial, soa->refresh, soa->retry, soa->expire, soa->minimum})
            text += ' ' + std::to_string(number);
        return text;
    }
};

bool fit_strings(const Strings& strings) {
    std::size_t octets = 0;
    for (const std::string& string : strings) {
        if (string.size() > 255) // RFC 1035 section 3.3
            return false;
        octets += 1 + string.size();
    }
    return !strings.empty() && octets <= 65535;
}

} // namespace

std::string to_string(Type type) {
    for (const auto& [known, name] : type_names) {
        if (known == type) return std::string(name);
    }
    return "TYPE" + std::to_string(static_cast<unsigned>(type));
}

std::optional<Type> parse_type(std::string_view text) {
    std::string upper;
    for (const char c : text)
        upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    for (const auto& [type, name] : type_names) {
        if (name == upper) return type;
    }
    if (!upper.starts_with("TYPE")) return std::nullopt;
    std::uint16_t number = 0;
    const char* end = upper.data() + upper.size();
    const auto result = std::from_chars(upper.data() + 4, end, number);
    if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
    return static_cast<Type>(number);
}

Record Record::address(Name name, Ipv4 to, std::uint32_t ttl) {
    return {std::move(name), Type::a, ttl, to};
}
Record Record::address(Name name, Ipv6 to, std::uint32_t ttl) {
    return {std::move(name), Type::aaaa, ttl, to};
}
Record Record::mx(Name name, std::uint16_t preference, Name exchange, std::uint32_t ttl) {
    return {std::move(name), Type::mx, ttl, Mx{preference, std::move(exchange)}};
}
Record Record::cname(Name name, Name target, std::uint32_t ttl) {
    return {std::move(name), Type::cname, ttl, std::move(target)};
}
Record Record::ns(Name name, Name server, std::uint32_t ttl) {
    return {std::move(name), Type::ns, ttl, std::move(server)};
}
Record Record::ptr(Name name, Name target, std::uint32_t ttl) {
    return {std::move(name), Type::ptr, ttl, std::move(target)};
}
Record Record::txt(Name name, Strings strings, std::uint32_t ttl) {
    return {std::move(name), Type::txt, ttl, std::move(strings)};
}
Record Record::soa(Name name, Soa soa, std::uint32_t ttl) {
    return {std::move(name), Type::soa, ttl, std::make_shared<const Soa>(std::move(soa))};
}

const Name* Record::target() const {
    if (const Name* pointed = std::get_if<Name>(&data)) return pointed;
    const Mx* mx = std::get_if<Mx>(&data);
    return mx ? &mx->exchange : nullptr;
}

bool operator==(const Record& a, const Record& b) {
    if (a.type != b.type || a.ttl != b.ttl || a.name != b.name) return false;
    const auto* soa_a = std::get_if<std::shared_ptr<const Soa>>(&a.data);
    const auto* soa_b = std::get_if<std::shared_ptr<const Soa>>(&b.data);
    if (soa_a && soa_b) return *soa_a == *soa_b || **soa_a == **soa_b;
    return a.data == b.data;
}

bool fits(Type type, const Data& data) {
    switch (type) {
    case Type::a:
        return std::holds_alternative<Ipv4>(data);
    case Type::aaaa:
        return std::holds_alternative<Ipv6>(data);
    case Type::cname:
    case Type::ns:
    case Type::ptr:
        return std::holds_alternative<Name>(data);
    case Type::mx:
        return std::holds_alternative<Mx>(data);
    case Type::soa: {
        const auto* soa = std::get_if<std::shared_ptr<const Soa>>(&data);
        return soa && *soa;
    }
    case Type::txt: {
        const Strings* strings = std::get_if<Strings>(&data);
        return strings && fit_strings(*strings);
    }
    }
    const Octets* octets = std::get_if<Octets>(&data);
    return octets && octets->size() <= 65535;
}

std::string to_string(const Record& record) {
    return absolute(record.name) + ' ' + std::to_string(record.ttl) + ' ' + to_string(record.type) + ' ' +
           std::visit(ShowData{}, record.data);
}

} // namespace postopolis::dns
