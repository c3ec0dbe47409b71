// A folder as one session has told it to its client: message numbers, and what the client knows of each
// message. Others may change the folder meanwhile; what has changed is told when the protocol allows it,
// above all EXPUNGE, which moves the numbers (RFC 9051 sections 5.2, 5.5 and 7.5.1). A message that is gone
// stays readable here until then.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "postopolis/access/imap_folder.hpp"
#include "postopolis/access/imap_line.hpp"
#include "postopolis/access/imap_set.hpp"

namespace postopolis::access {

/// What a client has asked to be told, or not to be told, with every message.
struct ImapManner {
    bool uid = false;    ///< UID in every FETCH response
    bool modseq = false; ///< MODSEQ where flags are told (RFC 7162)
    bool recent = true;  ///< \Recent and RECENT, which IMAP4rev2 has not
};

class ImapView {
public:
    struct Row {
        ImapMessagePtr message;
        std::uint64_t told = 0; ///< modification sequence of the flags that the client knows
        bool recent = false;
    };

    ImapView(std::shared_ptr<ImapFolder> folder, bool writable);

    ImapFolder& folder() const { return *folder_; }
    const std::shared_ptr<ImapFolder>& shared_folder() const { return folder_; }
    bool writable() const { return writable_; }
    const std::vector<Row>& rows() const { return rows_; }
    Row& row(std::uint32_t number) { return rows_[number - 1]; } ///< 1..size()
    std::uint32_t size() const { return static_cast<std::uint32_t>(rows_.size()); }
    std::uint32_t recent() const;
    std::uint32_t largest_uid() const { return rows_.empty() ? 0 : rows_.back().message->uid; }

    /// The message numbers that a set means, rising; of UIDs those that are there. Nothing when a number is
    /// beyond the last message. `saved` is what "$" means (UIDs).
    std::optional<std::vector<std::uint32_t>> numbers(const ImapSet& set, bool uids,
                                                      const ImapSet& saved) const;

    bool has_news() const { return news_from_ != folder_->changes(); }
    /// Appends what has changed since the last time: EXPUNGE if it may, EXISTS, RECENT, FETCH with new flags.
    void tell_news(ImapOutput& out, bool may_expunge, const ImapManner& manner);
    /// "* 3 FETCH (FLAGS (\Seen))"; the client knows them then.
    void tell_flags(ImapOutput& out, std::uint32_t number, const ImapManner& manner);
    /// Flags with \Recent, without parentheses; announces keywords that are new to the client first.
    std::string flags(ImapOutput& out, const Row& row, const ImapManner& manner);
    /// "\Answered ... $Forwarded": all that a message of the folder can have.
    std::string applicable_flags() const;

private:
    void take_new();

    std::shared_ptr<ImapFolder> folder_;
    bool writable_;
    std::vector<Row> rows_;
    std::uint32_t next_uid_ = 1; ///< what the client has been told of ends before it
    std::uint64_t news_from_ = 0;
    std::uint64_t expunges_told_ = 0;
    std::vector<std::string> keywords_;
};

} // namespace postopolis::access
