#include <doctest/doctest.h>

#include "postopolis/dns/name.hpp"

using namespace postopolis::dns;

namespace {
NameError error_of(std::string_view text) {
    NameError error;
    CHECK_FALSE(Name::parse(text, &error).has_value());
    return error;
}
} // namespace

TEST_CASE("names are compared without case and without the trailing dot") {
    CHECK(Name::literal("F.ISI.ARPA") == Name::literal("f.isi.arpa."));
    CHECK(Name::literal("F.ISI.ARPA").text() == "f.isi.arpa");
    CHECK(Name::literal("A.b").hash() == Name::literal("a.B").hash());
    CHECK(Name::literal(".").is_root());
    CHECK(Name().text() == ".");
}

TEST_CASE("limits of RFC 1035 section 2.3.4") {
    const std::string label63(63, 'a');
    CHECK(Name::parse(label63 + ".example"));
    CHECK(error_of(label63 + "a.example").position == 63);
    // 3 * 64 + (61 + 1) + 1 = 255 octets
    const std::string longest = label63 + '.' + label63 + '.' + label63 + '.' + std::string(61, 'b');
    REQUIRE(Name::parse(longest));
    CHECK(Name::parse(longest)->wire_size() == 255);
    CHECK(error_of(longest + 'b').position == 192);
}

TEST_CASE("mistakes have a place") {
    CHECK(error_of("").what == "empty name");
    CHECK(error_of("a..b").position == 2);
    CHECK(error_of(".a").position == 0);
    CHECK(error_of("ab c").position == 2);
    CHECK(error_of("m\xc3\xbcnchen.example").position == 1);
    CHECK(error_of("a\\25").position == 1);
    CHECK(error_of("a\\256").position == 1);
    CHECK(error_of("ab\\").position == 2);
}

TEST_CASE("escapes: a dot within a label is no boundary") {
    const Name name = Name::literal("john\\.doe.example"); // as in an SOA mailbox
    CHECK(name.label_count() == 2);
    CHECK(name.wire_size() == 1 + 8 + 1 + 7 + 1);
    CHECK(name.parent() == Name::literal("example"));
    CHECK(Name::literal("\\065b") == Name::literal("ab"));
    CHECK(Name::literal("a\\000b").wire_size() == 5);
    CHECK_FALSE(Name::literal("x\\.example").is_subdomain_of(Name::literal("example")));
    CHECK(Name::literal("x\\\\.example").is_subdomain_of(Name::literal("example")));
}

TEST_CASE("parents, children and subdomains") {
    const Name name = Name::literal("mx1.mail.example");
    CHECK(name.parent() == Name::literal("mail.example"));
    CHECK(name.parent().parent().parent().is_root());
    CHECK(Name().parent().is_root());
    CHECK(name.is_subdomain_of(Name::literal("example")));
    CHECK(name.is_subdomain_of(name));
    CHECK(name.is_subdomain_of(Name()));
    CHECK_FALSE(Name::literal("badexample").is_subdomain_of(Name::literal("example")));
    CHECK_FALSE(Name().is_subdomain_of(name));
    CHECK(*Name::literal("example").child("*") == Name::literal("*.example"));
    CHECK_FALSE(Name().child(std::string(64, 'a')));
}

TEST_CASE("the canonical order of RFC 4034 section 6.1") {
    const char* sorted[] = {"example",         "a.example",      "yljkjljk.a.example",
                            "Z.a.example",     "zABC.a.EXAMPLE", "z.example",
                            "\\001.z.example", "*.z.example",    "\\200.z.example"};
    for (std::size_t i = 0; i + 1 < std::size(sorted); ++i) {
        CAPTURE(sorted[i]);
        CHECK(Name::literal(sorted[i]) < Name::literal(sorted[i + 1]));
        CHECK_FALSE(Name::literal(sorted[i + 1]) < Name::literal(sorted[i]));
    }
    CHECK(Name() < Name::literal("a"));
}
