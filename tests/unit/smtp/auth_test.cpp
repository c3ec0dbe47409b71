// AUTH: the exchanges of RFC 4954 section 4.1 (PLAIN, user "test", password "1234") and the LOGIN that
// everybody speaks.
#include "helpers.hpp"
#include "postopolis/smtp/base64.hpp"

using namespace postopolis;
using namespace postopolis::smtp;
using namespace postopolis::smtp::test;

namespace {

ServerConfig submission(AuthMechanisms mechanisms = {.plain = true, .login = true}) {
    ServerConfig config;
    config.host_name = "smtp.example.com";
    config.requires_auth = true;
    config.extensions.enhanced_status_codes = true;
    config.extensions.auth = mechanisms;
    return config;
}

} // namespace

TEST_CASE("RFC 4954 4.1: PLAIN with initial response, and without") {
    Server server(submission());
    CHECK(server.say("EHLO client.example.com") ==
          "250-smtp.example.com\r\n250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN LOGIN\r\n");
    CHECK(server.say("AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=") == "235 2.7.0 Authentication successful\r\n");
    CHECK(server.session.user() == "test");
    CHECK(server.session.with_protocol() == mail::Protocol::esmtpa);
    CHECK(server.code("AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ=") == "503 5.5.1");

    Server other(submission());
    other.say("EHLO client.example.com");
    CHECK(other.say("AUTH PLAIN") == "334 \r\n");
    CHECK(other.session.expects_response());
    CHECK(other.code("dGVzdAB0ZXN0ADEyMzQ=") == "235 2.7.0");
}

TEST_CASE("LOGIN: challenges are base64 of Username: and Password:") {
    CHECK(decode_base64("VXNlcm5hbWU6") == "Username:");
    CHECK(decode_base64("UGFzc3dvcmQ6") == "Password:");
    Server server(submission());
    server.say("EHLO c.example");
    CHECK(server.say("auth login") == "334 VXNlcm5hbWU6\r\n");
    CHECK(server.say("dGVzdA==") == "334 UGFzc3dvcmQ6\r\n");
    CHECK(server.code("MTIzNA==") == "235 2.7.0");
    Server with_initial(submission());
    with_initial.say("EHLO c.example");
    CHECK(with_initial.say("AUTH LOGIN dGVzdA==") == "334 UGFzc3dvcmQ6\r\n");
    CHECK(with_initial.code("MTIzNQ==") == "535 5.7.8");
    CHECK(with_initial.session.user().empty());
}

TEST_CASE(
    "an exchange is cancelled by *, spoilt by bad base64, and fails on malformed or foreign identities") {
    Server server(submission());
    server.say("EHLO c.example");
    server.say("AUTH PLAIN");
    CHECK(server.code("*") == "501 5.7.0");
    CHECK(server.code("NOOP") == "250 2.0.0");
    server.say("AUTH LOGIN");
    CHECK(server.code("a") == "501 5.5.2");
    CHECK(server.code("AUTH PLAIN =") == "535 5.7.8");
    CHECK(server.code("AUTH PLAIN " + encode_base64(std::string("boss\0test\0001234", 14))) == "535 5.7.8");
    CHECK(server.code("AUTH XOAUTH2") == "504 5.5.4");
    CHECK(server.code("AUTH") == "501 5.5.4");
    server.say("AUTH PLAIN");
    CHECK(server.code(std::string(12289, 'A')) == "500 5.5.6");
}

TEST_CASE("a submission service wants authentication from strangers, not from trusted networks") {
    for (const char* line : {"MAIL FROM:<>", "RCPT TO:<a@b.example>", "DATA", "VRFY a"}) {
        Server stranger(submission());
        stranger.say("EHLO c.example");
        CHECK(stranger.code(line) == "530 5.7.0");
    }
    Server trusted(submission(), true);
    trusted.say("EHLO c.example");
    CHECK(trusted.code("MAIL FROM:<a@b.example>") == "250 2.1.0");
    Server none(submission({}));
    none.say("EHLO c.example");
    CHECK(none.code("AUTH PLAIN") == "502 5.5.1");
}

TEST_CASE("the client authenticates with what is offered, and says so when nothing is") {
    const Transaction transaction{
        .reverse_path = address("a", "x.example"), .recipients = {address("b", "y.example")}, .size = 10};
    for (const AuthMechanisms mechanisms : {AuthMechanisms{true, false}, AuthMechanisms{false, true}}) {
        Server server(submission(mechanisms));
        ClientDialogue client({.helo_name = "c.example", .credentials = Credentials{"test", "1234"}});
        client.begin(transaction);
        Conversation(server, client).run();
        CHECK(client.authenticated());
        CHECK(server.session.user() == "test");
        CHECK(client.outcomes()[0].result == Outcome::Result::delivered);
    }
    Server refusing(submission());
    ClientDialogue stranger({.helo_name = "c.example", .credentials = Credentials{"test", "wrong"}});
    stranger.begin(transaction);
    Conversation(refusing, stranger).run();
    CHECK(stranger.outcomes()[0].result == Outcome::Result::failed);
    CHECK(stranger.outcomes()[0].stage == Stage::auth);
    CHECK(stranger.outcomes()[0].reply->code == 535);
    CHECK_FALSE(stranger.outcomes()[0].local);

    Server without(submission({}));
    ClientDialogue client({.helo_name = "c.example", .credentials = Credentials{"test", "1234"}});
    client.begin(transaction);
    Conversation(without, client).run();
    CHECK(client.outcomes()[0].result == Outcome::Result::failed);
    CHECK(client.outcomes()[0].stage == Stage::auth);
    CHECK(client.outcomes()[0].local);
    CHECK(client.closed());
}

TEST_CASE("base64: RFC 4648 section 10, and nothing that is not canonical") {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        CHECK(encode_base64(plain) == encoded);
        CHECK(decode_base64(encoded) == plain);
    }
    for (const char* bad :
         {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "====", "Z===", "Zm 9", "Zm9v\r\n"}) {
        CHECK_FALSE(decode_base64(bad).has_value());
    }
}
