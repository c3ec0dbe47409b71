// What hosts send as packets: DNS messages that decode to what was asked and answered, and dialogues in full.
#include <doctest/doctest.h>

#include <set>
#include <span>
#include <tuple>

#include "postopolis/dns/wire.hpp"
#include "postopolis/nodes/town.hpp"

using namespace postopolis;

namespace {

class Packets final : public trace::Observer {
public:
    trace::KindMask listens_for() const override {
        return trace::kinds<trace::SentDatagram, trace::Transmitted, trace::LookedUp>();
    }
    void on_event(const trace::Event& e) override {
        if (const auto* sent = std::get_if<trace::SentDatagram>(&e.what)) datagram(*sent);
        if (const auto* sent = std::get_if<trace::Transmitted>(&e.what))
            if (sent->kind == trace::Transmitted::Kind::data) said += sent->bytes;
        looked_up += std::holds_alternative<trace::LookedUp>(e.what) ? 1 : 0;
    }

    int queries = 0, answers = 0, looked_up = 0;
    std::string said;

private:
    void datagram(const trace::SentDatagram& d) {
        const std::span octets(reinterpret_cast<const std::uint8_t*>(d.bytes.data()), d.bytes.size());
        const std::optional<dns::Message> message = dns::decode(octets);
        REQUIRE(message);
        CHECK(message->questions.size() == 1);
        CHECK(d.arrives > d.departs);
        const dns::Header& h = message->header;
        const trace::Endpoint& asking = h.response ? d.target : d.source;
        const trace::Endpoint& asked = h.response ? d.source : d.target;
        CHECK(asked.port == 53);
        CHECK(asking.port >= 32'768);
        const auto key = std::tuple(asking.address, asking.port, asked.address, h.id,
                                    std::string(message->questions.front().name.text()), h.recursion_desired);
        if (h.response) {
            CHECK(open_.erase(key) == 1);
            CHECK(h.recursion_available == h.recursion_desired);
            ++answers;
        } else {
            CHECK(message->answers.empty());
            CHECK(open_.insert(key).second);
            ++queries;
        }
    }
    std::set<std::tuple<std::uint32_t, std::uint16_t, std::uint32_t, std::uint16_t, std::string, bool>> open_;
};

struct Told {
    std::string fingerprint, said;
};

Told run(Packets* packets) {
    nodes::Town town(kernel::RunKey{1, 0});
    if (packets != nullptr) town.bus().add(*packets);
    town.add_site("a.example", {"ann"});
    town.add_site("b.example", {"ben"});
    town.add_site("c.example", {"cid"});
    town.write("ann@a.example", {"ben@b.example", "cid@c.example", "nobody@nowhere.example"}, "Packets");
    CHECK(town.run_until_quiet(kernel::Time::at(kernel::Duration::days(1))));
    return {town.fingerprint().text(), packets != nullptr ? packets->said : std::string()};
}

} // namespace

TEST_CASE("packets: DNS messages are answered once each, and SMTP is said in full, with the same fingerprint") {
    Packets packets;
    const Told told = run(&packets);
    CHECK(packets.queries >= 4); // MX and address of b.example and of c.example
    CHECK(packets.answers == packets.queries);
    CHECK(packets.looked_up > 0);
    for (const char* part : {"RCPT TO:<cid@c.example>\r\n", "Subject: Packets\r\n", "QUIT\r\n", "221 "})
        CHECK(told.said.find(part) != std::string::npos);
    CHECK(told.fingerprint == run(nullptr).fingerprint);
}
