// TLS as a matter of turns and octets.
#include <doctest/doctest.h>

#include "postopolis/smtp/md5.hpp"
#include "postopolis/smtp/tls.hpp"

using namespace postopolis::smtp;

TEST_CASE("handshakes: one round trip for TLS 1.3 and two for TLS 1.2, in turns, rendered to their sizes") {
    for (const auto version : {tls::Version::tls12, tls::Version::tls13}) {
        const auto flights = tls::handshake(version);
        int server = 0;
        for (std::size_t i = 0; i < flights.size(); ++i) {
            CHECK(flights[i].by_client == (i % 2 == 0));
            server += flights[i].by_client ? 0 : 1;
            std::string bytes;
            tls::render(version, i, "mx.b.example", 7 * i, bytes);
            CHECK(bytes.size() == flights[i].octets);
            // Records, one after the other to the end (RFC 8446 section 5.1).
            std::size_t at = 0;
            while (at + 5 <= bytes.size()) {
                const auto octet = [&](std::size_t k) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at + k])); };
                CHECK(octet(0) >= 20);
                CHECK(octet(0) <= 23);
                CHECK(octet(1) == 3);
                at += 5 + octet(3) * 256 + octet(4);
            }
            CHECK(at == bytes.size());
            if (i == 0) CHECK(bytes.find("mx.b.example") != std::string::npos);
        }
        CHECK(server == (version == tls::Version::tls13 ? 1 : 2));
    }
}

TEST_CASE("sealed records: 22 octets for each 2^14 with TLS 1.3, 29 with TLS 1.2") {
    CHECK(tls::sealed_size(tls::Version::tls13, 10) == 32);
    CHECK(tls::sealed_size(tls::Version::tls12, 10) == 39);
    CHECK(tls::sealed_size(tls::Version::tls13, 16384) == 16384 + 22);
    CHECK(tls::sealed_size(tls::Version::tls13, 16385) == 16385 + 44);
    CHECK(tls::sealed_size(tls::Version::tls12, 100000) == 100000 + 7 * 29);
}

TEST_CASE("MD5: the test suite of RFC 1321 appendix A.5, and HMAC's of RFC 2202 section 2") {
    CHECK(md5("") == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(md5("a") == "0cc175b9c0f1b6a831c399e269772661");
    CHECK(md5("abc") == "900150983cd24fb0d6963f7d28e17f72");
    CHECK(md5("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
    CHECK(md5("abcdefghijklmnopqrstuvwxyz") == "c3fcd3d76192e4007dfb496cca67e13b");
    CHECK(md5("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == "d174ab98d277d9f5a5611c2c9f419d9f");
    CHECK(md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
          "57edf4a22be3c955ac49da2e2107b67a");
    CHECK(hmac_md5("Jefe", "what do ya want for nothing?") == "750c783e6ab0b503eaa86e310a5db738");
    CHECK(hmac_md5(std::string(16, '\x0b'), "Hi There") == "9294727a3638bb1c13f48ef8158bfc9d");
    CHECK(hmac_md5(std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
          "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
}
