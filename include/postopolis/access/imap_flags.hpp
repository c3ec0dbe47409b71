// The flags of a message (RFC 9051 section 2.3.2): five of the system's, and any keywords.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postopolis::access {

enum class ImapFlag : std::uint8_t { answered = 1, flagged = 2, deleted = 4, seen = 8, draft = 16 };

class ImapFlags {
public:
    ImapFlags() = default;
    ImapFlags(ImapFlag flag) : system_(static_cast<std::uint8_t>(flag)) {} ///< of one flag

    bool has(ImapFlag flag) const { return (system_ & static_cast<std::uint8_t>(flag)) != 0; }
    bool has_keyword(std::string_view keyword) const; ///< in any case
    const std::vector<std::string>& keywords() const { return keywords_; }

    /// By name, as in "\Seen" or "$Forwarded". False for a name that is no flag, and for "\Recent", which is
    /// not a client's to set.
    bool add(std::string_view name);
    void add(const ImapFlags& other);
    void remove(const ImapFlags& other);

    /// "\Answered \Seen $Forwarded", without parentheses.
    std::string text() const;

    friend bool operator==(const ImapFlags&, const ImapFlags&) = default;

private:
    std::uint8_t system_ = 0;
    std::vector<std::string> keywords_; ///< sorted without regard to case
};

/// The name of a flag of the system's in any case, such as "\seen".
std::optional<ImapFlag> imap_system_flag(std::string_view name);

} // namespace postopolis::access
