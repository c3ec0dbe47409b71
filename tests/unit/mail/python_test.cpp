// An independent reader: Python's email package (policy.default, every defect counts) and its mailbox module
// read letters, reports and mbox files of many kinds, and must understand what was meant.
#include "postopolis/mail/dsn.hpp"
#include "postopolis/mail/mbox.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

using namespace postopolis::mail;

namespace {

constexpr Date new_year{1767600000LL * 1'000'000'000, 60};

AddressPtr address(std::string local, std::string domain) {
    return std::make_shared<const Address>(Address{std::move(local), std::move(domain)});
}

/// A folder of its own, gone at the end.
class Folder {
public:
    Folder()
        : path_(std::filesystem::temp_directory_path() /
                ("postopolis-mail-" + std::to_string(std::random_device{}()))) {
        std::filesystem::create_directory(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
    }
    /// A letter or report with lines "field: value" of what must be read from it.
    void add(const Message& message, const std::string& expectations = {}) {
        const std::string number = std::to_string(count_++);
        write(number + ".eml", message.text());
        if (!expectations.empty()) write(number + ".expect", expectations);
    }
    int check() const {
        const std::string command = std::string("\"") + POSTOPOLIS_PYTHON + "\" \"" + POSTOPOLIS_SOURCE_DIR +
                                    "/tests/unit/mail/check_messages.py\" \"" + path_.string() + "\"";
        return std::system(command.c_str());
    }

private:
    std::filesystem::path path_;
    int count_ = 0;
};

const std::vector<std::string>& names() {
    static const std::vector<std::string> list{
        "",
        "Alice",
        "Alice Miller",
        "Miller, Alice",
        "Joe Q. Public",
        "He said \"no\" \\ yes",
        "Ren\xc3\xa9 M\xc3\xbcller",
        "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe5\x90\x8d\xe5\x89\x8d\xe3\x81\xaf\xe3\x81\xa8\xe3"
        "\x81\xa6\xe3\x82\x82",
        "=?utf-8?Q?fake?=",
        "A very long display name that goes on and on, until it must be folded, more than once, I think",
        "x@y.example"};
    return list;
}

const std::vector<std::string>& subjects() {
    static const std::vector<std::string> list{
        "Short",
        "Gr\xc3\xbc\xc3\x9f"
        "e aus K\xc3\xb6ln",
        "Colon: in the middle",
        "A subject line which is so long that no line of seventy-eight characters could ever hold it in one "
        "piece",
        "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, \xd0\xbc\xd0\xb8\xd1\x80! "
        "\xd0\x9a\xd0\xb0\xd0\xba \xd0\xb4\xd0\xb5\xd0\xbb\xd0\xb0 "
        "\xd1\x83 \xd0\xb2\xd0\xb0\xd1\x81 \xd1\x81\xd0\xb5\xd0\xb3\xd0\xbe\xd0\xb4\xd0\xbd\xd1\x8f?"};
    return list;
}

LetterSpec letter(unsigned kind) {
    LetterSpec spec;
    spec.from = {address("alice", "yourcompany.example"), names()[kind % names().size()]};
    for (unsigned i = 0; i < kind % 5; ++i)
        spec.to.push_back({address("bob" + std::to_string(i), "yourcustomer.example"),
                           names()[(kind + i) % names().size()]});
    if (kind % 3 == 1) spec.cc = {{address("a b", "example.org"), ""}, {address("c", "[192.0.2.1]"), "C"}};
    spec.subject = subjects()[kind % subjects().size()];
    spec.date = new_year;
    spec.message_id = std::to_string(kind) + ".7f@yourcompany.example";
    for (unsigned i = 0; i < kind % 7; ++i)
        spec.references.push_back(std::to_string(i) + ".abcdef@yourcustomer.example");
    if (kind % 7) spec.in_reply_to = spec.references.back();
    return spec;
}

ReportSpec report(unsigned kind, Message original) {
    ReportSpec spec;
    spec.reporting_mta = "mx.yourcompany.example";
    if (kind % 2) spec.arrival_date = new_year;
    spec.from = address("MAILER-DAEMON", spec.reporting_mta);
    spec.to = address("alice", "yourcompany.example");
    spec.message_id = "r" + std::to_string(kind) + "@mx.yourcompany.example";
    spec.date = new_year;
    for (unsigned i = 0; i <= kind % 3; ++i) {
        ReportRecipient recipient;
        recipient.final_recipient = address(i ? "a b" : "bob", "yourcustomer.example");
        recipient.action = static_cast<Action>(kind % 5);
        recipient.status = {static_cast<std::uint8_t>(recipient.action == Action::failed ? 5 : 4), 1, 1};
        if (kind % 4)
            recipient.diagnostic_code =
                "smtp; 550 5.1.1 <bob@yourcustomer.example>: no such user in this table";
        if (kind % 4 > 1) recipient.remote_mta = "mx.yourcustomer.example";
        recipient.last_attempt = new_year;
        if (recipient.action == Action::delayed) recipient.will_retry_until = new_year;
        spec.recipients.push_back(recipient);
    }
    spec.original = std::move(original);
    spec.full_original = kind % 2 == 0;
    return spec;
}

/// For a line of the .expect file.
std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c == '\n')
            out += "\\n";
        else if (c != '\r')
            out += c;
    return out;
}

} // namespace

TEST_CASE("Python's email and mailbox modules find no defect") {
    Folder folder;
    std::string mbox;
    int in_mbox = 0;
    const std::vector<std::string> texts{
        "Hello.\n", "Gr\xc3\xbc\xc3\x9f Gott = \xe2\x82\xac\n\nFrom here on\n. dot \n",
        std::string(3000, 'x') + "\n", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\n"};
    const std::vector<std::uint64_t> sizes{2, 3, 4, 17, 100, 1000, 20000, 33000, 100000};
    for (unsigned kind = 0; kind < 110; ++kind) {
        LetterSpec spec = letter(kind);
        std::string expected = "subject: " + spec.subject + "\nmessage-id: <" + spec.message_id + ">\n";
        if (kind % 2) {
            spec.body = texts[kind / 2 % texts.size()];
            expected += "text: " + one_line(std::get<std::string>(spec.body)) + '\n';
        } else {
            spec.body = GeneratedBody{kind, sizes[kind / 2 % sizes.size()]};
        }
        const ContentPtr content = compose(spec);
        Received received;
        received.from_ip = std::make_shared<const std::string>("192.0.2.10");
        received.by = std::make_shared<const std::string>("mx.example");
        received.date = new_year;
        const Message message = Message(content).prepended(received).prepended(
            ReturnPath{kind % 2 ? spec.from.address : nullptr});
        folder.add(message, expected);
        append_mbox(mbox, message, kind % 2 ? spec.from.address : nullptr, new_year);
        ++in_mbox;

        const Message bounce(compose_report(report(kind, message)));
        const bool full = kind % 2 == 0;
        const bool attached = parse_parts(parse_message(message.text())).type == "multipart/mixed";
        folder.add(
            bounce, std::string("auto-submitted: auto-replied\ntypes: multipart/report text/plain "
                                "message/delivery-status") +
                        [&] {
                            std::string groups;
                            for (unsigned i = 0; i < kind % 3 + 2; ++i)
                                groups += " text/plain";
                            return groups;
                        }() +
                        (!full      ? " text/rfc822-headers"
                         : attached ? " message/rfc822 multipart/mixed text/plain application/octet-stream"
                                    : " message/rfc822 text/plain") +
                        '\n');
        append_mbox(mbox, bounce, nullptr, new_year);
        ++in_mbox;

        spec.quote = content->quote();
        spec.body = GeneratedBody{kind + 1000, 1500};
        folder.add(Message(compose(spec)));
        spec.body = texts[0];
        folder.add(Message(compose(spec)));
    }
    folder.write("all.mbox", mbox);
    folder.write("all.count", std::to_string(in_mbox));
    CHECK(folder.check() == 0);
}
