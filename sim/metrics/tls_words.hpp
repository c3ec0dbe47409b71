// A part of a TLS handshake in words: its octets are no text, and say nothing that a reader of dialogues wants to know.
#pragma once

#include <string>
#include <string_view>

namespace postopolis::metrics {

/// Records of the types ChangeCipherSpec to ApplicationData (RFC 8446 section 5.1); no line of SMTP begins so.
inline bool is_tls_handshake(std::string_view bytes) {
    return bytes.size() > 5 && bytes[0] >= 20 && bytes[0] <= 23 && bytes[1] == 3;
}
inline std::string tls_words(std::string_view bytes) {
    return "[TLS handshake, " + std::to_string(bytes.size()) + " octets]\r\n";
}

} // namespace postopolis::metrics
