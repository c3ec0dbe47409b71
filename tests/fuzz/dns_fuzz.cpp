// libFuzzer target: decode() survives any octets, and what it accepts comes back unchanged after encoding;
// wire_size() agrees with encode(); no name breaks the limits.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "postopolis/dns/wire.hpp"

namespace {
using namespace postopolis::dns;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "dns_fuzz: %s\n", what);
    std::abort();
}

void check_message(std::span<const std::uint8_t> input) {
    DecodeError error;
    const std::optional<Message> message = decode(input, &error);
    if (!message) {
        require(!error.what.empty() && error.position <= input.size(), "a decoding error without its place");
        return;
    }
    const std::optional<Octets> octets = encode(*message);
    if (!octets) return; // compressed input may be longer than the limit once we compress it our way
    const std::optional<Message> again = decode(*octets);
    require(again.has_value(), "what was encoded cannot be decoded");
    require(*again == *message, "a message changed on its way through the wire format");
    if (message->questions.size() == 1) {
        const Question question = message->questions[0];
        const Response response = to_response(*message);
        require(wire_size(question, response) == octets->size(), "wire_size() is not the encoded size");
    }
}

void check_name(std::string_view text) {
    NameError error;
    const std::optional<Name> name = Name::parse(text, &error);
    if (!name) {
        require(error.position <= text.size() && !error.what.empty(), "a name error without its place");
        return;
    }
    require(name->wire_size() <= max_name_octets, "a name that is too long");
    const std::optional<Name> again = Name::parse(name->text());
    require(again && *again == *name && again->hash() == name->hash(), "a name's text is not its own");
    require(name->is_subdomain_of(name->parent()), "a name is not below its parent");
    require(name->is_root() || name->parent() < *name, "a name comes before its parent");
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_message({data, size});
    check_name(std::string_view(reinterpret_cast<const char*>(data), size));
    return 0;
}
