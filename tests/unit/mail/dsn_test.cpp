// Delivery status notifications: what is written reads back; the examples of RFC 3464 appendix E are read.
#include "postopolis/mail/dsn.hpp"

#include <doctest/doctest.h>

using namespace postopolis::mail;

namespace {

AddressPtr address(std::string local, std::string domain) {
    return std::make_shared<const Address>(Address{std::move(local), std::move(domain)});
}
constexpr Date new_year{1767600000LL * 1'000'000'000};

ReportSpec failure() {
    ReportSpec spec;
    spec.reporting_mta = "mx.yourcompany.example";
    spec.arrival_date = new_year;
    spec.from = address("MAILER-DAEMON", "mx.yourcompany.example");
    spec.to = address("alice", "yourcompany.example");
    spec.message_id = "b1@mx.yourcompany.example";
    spec.date = new_year;
    ReportRecipient recipient;
    recipient.final_recipient = address("nobody", "yourcustomer.example");
    recipient.status = {5, 1, 1};
    recipient.remote_mta = "mx.yourcustomer.example";
    recipient.diagnostic_code = "smtp; 550 5.1.1 <nobody@yourcustomer.example>: No such user here";
    recipient.last_attempt = new_year;
    spec.recipients = {recipient};
    spec.original =
        Message(content_from_bytes("Message-ID: <1@yourcompany.example>\r\nSubject: Hi\r\n\r\nText.\r\n"));
    return spec;
}

std::string text_of(const ReportSpec& spec) {
    const ContentPtr content = compose_report(spec);
    const std::string text = Message(content).text();
    REQUIRE(text.size() == content->size());
    return text;
}

} // namespace

TEST_CASE("a failure report says it in words and in fields") {
    const std::string text = text_of(failure());
    const ParsedMessage message = parse_message(text);
    const Part root = parse_parts(message);
    CHECK(root.type == "multipart/report");
    CHECK(root.parameter("report-type") == "delivery-status");
    REQUIRE(root.parts.size() == 3);
    CHECK(root.parts[0].type == "text/plain");
    CHECK(root.parts[1].type == "message/delivery-status");
    CHECK(root.parts[2].type == "message/rfc822");
    CHECK(decoded_body(message, root.parts[1]) ==
          "Reporting-MTA: dns; mx.yourcompany.example\r\n"
          "Arrival-Date: Mon, 05 Jan 2026 08:00:00 +0000\r\n"
          "\r\n"
          "Final-Recipient: rfc822; nobody@yourcustomer.example\r\n"
          "Action: failed\r\n"
          "Status: 5.1.1\r\n"
          "Remote-MTA: dns; mx.yourcustomer.example\r\n"
          "Diagnostic-Code: smtp; 550 5.1.1 <nobody@yourcustomer.example>: No such user\r\n here\r\n"
          "Last-Attempt-Date: Mon, 05 Jan 2026 08:00:00 +0000\r\n");
    CHECK(decoded_body(message, root.parts[2]) ==
          "Message-ID: <1@yourcompany.example>\r\nSubject: Hi\r\n\r\nText.\r\n");
    CHECK(message.value("Auto-Submitted") == "auto-replied");
    CHECK(message.value("From") == "Mail Delivery System <MAILER-DAEMON@mx.yourcompany.example>");
    CHECK(decoded_body(message, root.parts[0]).find("No such user here") != std::string::npos);
    CHECK(compose_report(failure())->auto_submitted());
}

TEST_CASE("reports read back what they were made from") {
    ReportSpec spec = failure();
    ReportRecipient late = spec.recipients[0];
    late.final_recipient = address("a b", "[192.0.2.1]");
    late.original_recipient = address("list", "yourcustomer.example");
    late.action = Action::delayed;
    late.status = {4, 4, 1};
    late.remote_mta.clear();
    late.diagnostic_code.clear();
    late.will_retry_until = Date{new_year.unix_nanoseconds + 432000LL * 1'000'000'000};
    spec.recipients.push_back(late);
    for (const bool full : {true, false}) {
        spec.full_original = full;
        const auto report = parse_report(parse_message(text_of(spec)));
        REQUIRE(report.has_value());
        CHECK(report->reporting_mta == spec.reporting_mta);
        CHECK(report->arrival_date == spec.arrival_date);
        CHECK(report->original_message_id == "1@yourcompany.example");
        REQUIRE(report->recipients.size() == 2);
        for (std::size_t i = 0; i < 2; ++i) {
            const ReportRecipient& read = report->recipients[i];
            const ReportRecipient& meant = spec.recipients[i];
            CHECK(*read.final_recipient == *meant.final_recipient);
            CHECK((read.original_recipient ? read.original_recipient->text() : "") ==
                  (meant.original_recipient ? meant.original_recipient->text() : ""));
            CHECK(read.action == meant.action);
            CHECK(read.status == meant.status);
            CHECK(read.diagnostic_code == meant.diagnostic_code);
            CHECK(read.remote_mta == meant.remote_mta);
            CHECK(read.last_attempt == meant.last_attempt);
            CHECK(read.will_retry_until == meant.will_retry_until);
        }
    }
}

TEST_CASE("what a remote host says cannot break the report") {
    ReportSpec spec = failure();
    spec.recipients[0].diagnostic_code =
        "smtp; 550 x\r\n\r\n--evil\r\nAction: delivered\x07 \xff" + std::string(3000, 'y');
    spec.recipients[0].remote_mta = "mx\r\nAction: delivered";
    spec.reporting_mta = "host\r\n\r\nX: y";
    const auto report = parse_report(parse_message(text_of(spec)));
    REQUIRE(report.has_value());
    REQUIRE(report->recipients.size() == 1);
    CHECK(report->recipients[0].action == Action::failed);
}

TEST_CASE("the simple report of RFC 3464 appendix E.1 is read") {
    const auto report = parse_report(parse_message(
        "Date: Thu, 7 Jul 1994 17:16:05 -0400\r\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@CS.UTK.EDU>\r\n"
        "Message-Id: <199407072116.RAA14128@CS.UTK.EDU>\r\nSubject: Returned mail: Cannot send message for 5 "
        "days\r\n"
        "To: <owner-info-mime@cs.utk.edu>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n      "
        "boundary=\"RAA14128.773615765/CS.UTK.EDU\"\r\n"
        "\r\n--RAA14128.773615765/CS.UTK.EDU\r\n\r\nThe original message was received at Sat, 2 Jul 1994 "
        "17:10:28 -0400\r\n"
        "from root@localhost\r\n\r\n--RAA14128.773615765/CS.UTK.EDU\r\ncontent-type: "
        "message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; cs.utk.edu\r\n\r\n"
        "Original-Recipient: rfc822;louisl@larry.slip.umd.edu\r\nFinal-Recipient: "
        "rfc822;louisl@larry.slip.umd.edu\r\n"
        "Action: failed\r\nStatus: 4.0.0\r\nDiagnostic-Code: smtp; 426 connection timed out\r\n"
        "Last-Attempt-Date: Thu, 7 Jul 1994 17:15:49 -0400\r\n\r\n"
        "--RAA14128.773615765/CS.UTK.EDU\r\ncontent-type: message/rfc822\r\n\r\n"
        "[original message goes here]\r\n\r\n--RAA14128.773615765/CS.UTK.EDU--\r\n"));
    REQUIRE(report.has_value());
    CHECK(report->reporting_mta == "cs.utk.edu");
    REQUIRE(report->recipients.size() == 1);
    CHECK(report->recipients[0].original_recipient->text() == "louisl@larry.slip.umd.edu");
    CHECK(report->recipients[0].action == Action::failed);
    CHECK(report->recipients[0].status == EnhancedStatus{4, 0, 0});
    CHECK(report->recipients[0].diagnostic_code == "smtp; 426 connection timed out");
    CHECK(report->recipients[0].last_attempt == Date{773615749LL * 1'000'000'000, -240});
    CHECK(report->original_message_id.empty());
}

TEST_CASE("what is no report gives nothing") {
    CHECK_FALSE(parse_report(parse_message("Subject: x\r\n\r\ny\r\n")).has_value());
    CHECK_FALSE(parse_report(parse_message("Content-Type: multipart/report; boundary=b\r\n\r\n--b--\r\n"))
                    .has_value());
}
