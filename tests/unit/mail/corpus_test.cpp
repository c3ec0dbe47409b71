// A generated corpus of address lists and messages, in all the forms that RFC 5322, 2045-2047 and 2231 allow. Each is
// made together with what it means; our reader must find that, and Python's email package must find what our reader has
// found.
#include "postopolis/mail/address_entry.hpp"
#include "postopolis/mail/edit.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

using namespace postopolis::mail;

namespace {

class Chance {
public:
    explicit Chance(std::uint32_t seed) : random_(seed) {}
    std::size_t below(std::size_t n) { return random_() % n; }
    bool one_in(std::size_t n) { return below(n) == 0; }
    template<class T>
    const T& of(const std::vector<T>& all) {
        return all[below(all.size())];
    }

private:
    std::mt19937 random_;
};

std::string hex(std::string_view octets) {
    if (octets.empty()) return "-";
    std::string out;
    for (const char c : octets) {
        constexpr std::string_view digits = "0123456789abcdef";
        out += digits[static_cast<unsigned char>(c) >> 4U];
        out += digits[static_cast<unsigned char>(c) & 15U];
    }
    return out;
}

std::string described(const std::vector<AddressEntry>& list) {
    std::string out;
    for (const AddressEntry& entry : list) {
        out += entry.is_group ? "group " : "- ";
        out += hex(entry.group);
        for (const HeaderAddress& m : entry.mailboxes)
            out += ' ' + hex(m.display_name) + ' ' + hex(m.address.local) + ' ' + hex(m.address.domain);
        out += '|';
    }
    return out;
}

/// White space, folds and comments; at least a blank if it must part two words.
std::string gap(Chance& chance, bool must = false) {
    static const std::vector<std::string> gaps{"", "", "", " ", " (a comment)", "\r\n ", "\t", " (nested (one) \\) x) "};
    std::string out = chance.of(gaps);
    if (must && out.find_first_of(" \t") == std::string::npos) out += ' ';
    return out;
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

Address make_address(Chance& chance, std::string& out) {
    static const std::vector<std::string> atoms{"joe", "x-1", "a+b", "o'brien", "{}", "dvořák", "1", "日本"};
    static const std::vector<std::string> domains{"example.com", "a.b.c.example", "xn--bcher-kva.example",
                                                  "bücher.example", "localhost"};
    Address address;
    out += gap(chance);
    if (chance.one_in(5)) {
        static const std::vector<std::string> strings{"Joe Q. Public", "a@b", "q\"uote", "back\\slash", "(no comment)"};
        address.local = chance.of(strings);
        out += in_quotes(address.local);
    } else {
        for (std::size_t words = 1 + chance.below(3);; --words) {
            const std::string& atom = chance.of(atoms);
            address.local += atom;
            out += atom;
            if (words == 1) break;
            address.local += '.';
            out += '.';
        }
    }
    out += gap(chance) + '@' + gap(chance);
    if (chance.one_in(6)) {
        static const std::vector<std::string> literals{"[192.0.2.1]", "[IPv6:2001:db8::1]"};
        address.domain = chance.of(literals);
    } else {
        address.domain = chance.of(domains);
    }
    out += address.domain;
    return address;
}

std::string make_phrase(Chance& chance, std::string& out) {
    static const std::vector<std::string> words{"Mary", "Smith", "Who?", "Žofie", "=", "山田", "O'Neill"};
    static const std::vector<std::string> strings{"Giant; \"Big\" Box", "x, y", "Q.", "a@b.example", "back\\slash"};
    std::string phrase;
    for (std::size_t count = 1 + chance.below(3); count > 0; --count) {
        if (!phrase.empty()) {
            phrase += ' ';
            out += gap(chance, true);
        }
        const bool is_quoted = chance.one_in(4);
        const std::string& word = is_quoted ? chance.of(strings) : chance.of(words);
        phrase += word;
        out += is_quoted ? in_quotes(word) : word;
    }
    return phrase;
}

HeaderAddress make_mailbox(Chance& chance, std::string& out) {
    HeaderAddress mailbox;
    out += gap(chance);
    if (chance.one_in(2)) {
        mailbox.address = make_address(chance, out);
    } else {
        if (!chance.one_in(4)) mailbox.display_name = make_phrase(chance, out);
        out += gap(chance) + '<';
        if (chance.one_in(8)) out += "@relay.example,@b.example:";
        mailbox.address = make_address(chance, out);
        out += gap(chance) + '>';
    }
    out += gap(chance);
    return mailbox;
}

std::vector<AddressEntry> make_list(Chance& chance, std::string& out) {
    std::vector<AddressEntry> list;
    for (std::size_t entries = 1 + chance.below(4); entries > 0; --entries) {
        AddressEntry entry;
        if (!list.empty()) out += ',';
        if (chance.one_in(4)) {
            entry.is_group = true;
            out += gap(chance);
            entry.group = make_phrase(chance, out);
            out += gap(chance) + ':';
            for (std::size_t members = chance.below(3); members > 0; --members) {
                entry.mailboxes.push_back(make_mailbox(chance, out));
                if (members > 1) out += ',';
            }
            out += gap(chance) + ';';
        } else {
            entry.mailboxes.push_back(make_mailbox(chance, out));
        }
        list.push_back(std::move(entry));
    }
    return list;
}

/// A message, and what its parts are.
class MessageMaker {
public:
    explicit MessageMaker(Chance& chance) : chance_(chance) {}

    std::string message() {
        std::string out = chance_.of(subjects()) + "MIME-Version: 1.0" + end();
        std::string to;
        make_list(chance_, to);
        out += "To:" + to + end();
        return out + entity(3);
    }

private:
    static const std::vector<std::string>& subjects() {
        static const std::vector<std::string> all{
            "Subject: plain\r\n",
            "Subject:   blanks   within \r\n",
            "SUBJECT: folded\r\n once and\r\n\ttwice\r\n",
            "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus =?iso-8859-1?q?K=F6ln?=\r\n",
            "Subject: =?UTF-8?B?0J/RgNC40LLQtdGC?= =?UTF-8?B?LCDQvNC40YA=?=\r\n",
            "Subject: =?koi8-r?B?8NLJ18XU?=\r\n",
            "Subject: =?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=\r\n",
            "Subject: =?windows-1252?Q?=80_5?=\r\n",
            "Subject: straße (RFC 6532)\r\n"};
        return all;
    }
    std::string end() { return lf_ ? "\n" : "\r\n"; }

    std::string entity(int depth) {
        const std::size_t kind = depth > 0 ? chance_.below(6) : 0;
        if (kind == 4) return multipart(depth, "multipart/" + chance_.of(std::vector<std::string>{"mixed", "alternative", "related", "x-new"}));
        if (kind == 5) return embedded(depth);
        if (kind == 3) return multipart(depth, "multipart/digest");
        return leaf();
    }

    std::string multipart(int depth, const std::string& type) {
        // One boundary is often the beginning of another.
        const std::string boundary = "b" + std::string(static_cast<std::size_t>(depth), '-') + (chance_.one_in(2) ? " c" : "'1");
        std::string out = "Content-Type: " + type + ";" + end() + " boundary=" + in_quotes(boundary) + end() + end();
        if (chance_.one_in(2)) out += "This is a preamble." + end() + "--b nobody's delimiter" + end();
        for (std::size_t parts = 1 + chance_.below(3); parts > 0; --parts) {
            out += "--" + boundary + (chance_.one_in(3) ? "  " : "") + end();
            if (type == "multipart/digest" && chance_.one_in(2))
                out += end() + "Subject: in a digest" + end() + end() + "short" + end();
            else
                out += entity(depth - 1);
            out += end();
        }
        out += "--" + boundary + "--" + end();
        if (chance_.one_in(2)) out += "This is an epilogue." + end();
        return out;
    }

    std::string embedded(int depth) {
        return "Content-Type: message/rfc822" + end() + end() + "Subject: inner" + end() + entity(depth - 1);
    }

    std::string leaf() {
        static const std::vector<std::string> leaves{
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe =\r\n"
            "und K=C3=BCsse=20\r\n",
            "Content-Type: TEXT/Plain; Charset=\"ISO-8859-1\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\nbl\xe5 b\xe6r\r\n",
            "Content-type: text/plain; charset=us-ascii (Plain text)\r\n\r\nplain\r\n\r\nlines\r\n",
            "Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: base64\r\n\r\n8NLJ18XU\r\n",
            "Content-Type: text/plain; charset=shift_jis\r\nContent-Transfer-Encoding: BASE64\r\n\r\nk/qWe4zq\r\n",
            "\r\nno header at all\r\n",
            "Content-Type: text/html; charset=utf-8\r\n\r\n<p>Größe</p>\r\n",
            "Content-Type: application/pdf; name=\"a b.pdf\"\r\nContent-Transfer-Encoding: base64\r\n"
            "Content-Disposition: attachment;\r\n filename=\"a b.pdf\"; size=5\r\n\r\nAAEC\r\n/v8=\r\n",
            "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n"
            " filename*0*=utf-8''%C3%9Cber;\r\n filename*1*=blick%20; filename*2=\"2026.bin\"\r\n\r\nZm9vYmFy\r\n",
            "Content-Type: image/png; name*=iso-8859-1'en'caf%E9.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n",
            "Content-Type: nonsense\r\n\r\nread as text\r\n",
            "Content-Type: application/x-none\r\n\r\n"};
        std::string out = chance_.of(leaves);
        if (lf_) std::erase(out, '\r');
        return out;
    }

    Chance& chance_;
    bool lf_ = chance_.one_in(3);
};

void describe_parts(std::string& out, const ParsedMessage& message, const Part& part) {
    std::string octets = part.parts.empty() ? decoded_body(message, part) : std::string();
    std::string text = part.type == "text/plain" ? decoded_text(message, part) : std::string();
    out += "part " + part.type + ' ' + hex(part.filename()) + ' ' + hex(octets) + ' ' + hex(text) + '\n';
    for (const Part& inner : part.parts)
        describe_parts(out, message, inner);
}

class Folder {
public:
    Folder()
        : path_(std::filesystem::temp_directory_path() /
                ("postopolis-corpus-" + std::to_string(std::random_device{}()))) {
        std::filesystem::create_directory(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    void write(const std::string& name, const std::string& octets) const {
        std::ofstream(path_ / name, std::ios::binary) << octets;
    }
    int check() const {
        const std::string command = std::string("\"") + POSTOPOLIS_PYTHON + "\" \"" + POSTOPOLIS_SOURCE_DIR +
                                    "/tests/unit/mail/compare_readers.py\" \"" + path_.string() + "\"";
        return std::system(command.c_str()); // NOLINT(cert-env33-c): a test that asks another program
    }

private:
    std::filesystem::path path_;
};

} // namespace

TEST_CASE("a generated corpus is read as it was meant, and as Python reads it") {
    const Folder folder;
    Chance chance(2026);
    std::string lists;
    for (int i = 0; i < 1500; ++i) {
        std::string octets;
        const std::vector<AddressEntry> meant = make_list(chance, octets);
        const auto parsed = parse_address_entries(octets);
        INFO(octets);
        REQUIRE(std::holds_alternative<std::vector<AddressEntry>>(parsed));
        const auto& list = std::get<std::vector<AddressEntry>>(parsed);
        CHECK(described(list) == described(meant));
        lists += hex(octets) + '\t' + described(list) + '\n';
    }
    folder.write("addresses.txt", lists);
    for (int i = 0; i < 600; ++i) {
        const std::string octets = MessageMaker(chance).message();
        const ParsedMessage message = parse_message(octets);
        CHECK(print(message) == octets);
        const auto to = parse_address_entries(message.value("To"));
        REQUIRE(std::holds_alternative<std::vector<AddressEntry>>(to));
        std::string read = "subject " + hex(message.decoded_value("Subject")) + "\nto " +
                           described(std::get<std::vector<AddressEntry>>(to)) + '\n';
        describe_parts(read, message, parse_parts(message));
        folder.write(std::to_string(i) + ".eml", octets);
        folder.write(std::to_string(i) + ".read", read);
    }
    CHECK(folder.check() == 0);
}
