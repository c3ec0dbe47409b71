// How the ledgers keep their records: copies that are on their way as they are, all else packed.
//
// Places number copies and letters in the order in which they came into being. A packed copy says only what its letter
// and the laws do not say already: where its causes add up to the time between two instants, one of these is left out.
// What does not follow from them is written down, so that no breach of a law is lost by packing.
#pragma once

#include <deque>
#include <unordered_map>

#include "postopolis/trace/ledger.hpp"
#include "trace/index.hpp"
#include "trace/packed.hpp"

namespace postopolis::trace {

class LedgerBooks {
public:
    std::size_t copies() const { return copies_.size(); }
    std::size_t letters() const { return letters_.size(); }
    /// Places, or kNowhere.
    std::uint32_t copy(CopyId id) const {
        return copy_index_.find(id, [&](std::uint32_t i) { return copies_[i].id == id; });
    }
    std::uint32_t letter(LetterId id) const {
        return letter_index_.find(id, [&](std::uint32_t i) { return letters_[i].id == id; });
    }
    CopyRecord copy_record(std::uint32_t place) const;
    LetterRecord letter_record(std::uint32_t place) const;
    Fate fate(std::uint32_t place) const;
    /// Copies of letters, counted by letter.
    std::uint64_t listed() const;

    /// `copies`: how many will be added next for its recipients.
    std::uint32_t add_letter(Time composed, const Composed& c, std::uint32_t copies);
    /// Open. Beside those of the recipients, all others are noted with their letter.
    void add_copy(CopyId id, const mail::AddressPtr& recipient, std::uint32_t letter, const CopyState& state,
                  bool is_recipients);
    void rename(std::uint32_t place, CopyId id);
    CopyState state(std::uint32_t place) const;
    /// Null if it is packed.
    CopyState* opened_copy(std::uint32_t place) const {
        const std::uint32_t where = copies_[place].where;
        return where >= kOpen ? &opened(where) : nullptr;
    }
    /// To write in, until it is closed or another copy is added.
    CopyState& open(std::uint32_t place);
    /// Packs a copy that has met its fate; nothing will be written in it but what the laws allow.
    void close(std::uint32_t place);
    std::uint32_t letter_of(std::uint32_t copy_place) const { return copies_[copy_place].letter; }
    /// Made anew for each caller; null if it has none.
    mail::AddressPtr recipient(std::uint32_t place) const;
    Time composed(std::uint32_t letter_place) const { return letters_[letter_place].composed; }
    LetterKind kind(std::uint32_t letter_place) const {
        return static_cast<LetterKind>(packed_.at(letters_[letter_place].where).number() & 7);
    }
    CopyId id(std::uint32_t copy_place) const { return copies_[copy_place].id; }

    /// Ids under which a client offered copies and then went on under others: the copy as it was then, should the peer
    /// turn out to have taken it.
    struct Doubt {
        CopyState state;
        mail::AddressPtr recipient;
        std::uint32_t letter;
    };
    std::unordered_map<CopyId, Doubt> doubted;
    TextTable texts;

private:
    struct Copy {
        CopyId id;
        std::uint32_t letter;
        std::uint32_t where;     ///< in `packed_`; from kOpen on, in `open_`
        std::uint32_t recipient; ///< in `packed_`; kNowhere for none
    };
    struct Letter {
        LetterId id;
        Time composed;
        std::uint32_t first; ///< of its recipients' copies
        std::uint32_t where; ///< in `packed_`
    };
    static constexpr std::uint32_t kOpen = ByteStore::kMostPlaces;
    static constexpr std::uint32_t kOpenChunk = 64;
    static constexpr std::size_t kMostStems = 4096;

    CopyState& opened(std::uint32_t where) const {
        const std::uint32_t i = where - kOpen;
        return open_[i / kOpenChunk][i % kOpenChunk];
    }
    std::uint32_t new_open();
    CopyState unpacked(std::uint32_t where, Time composed) const;
    std::uint32_t pack(const CopyState& s, Time composed);
    void put_subject(PackWriter& out, std::string_view& raw);
    void put_address(std::string& out, const mail::Address& address);
    void put_text(std::string& out, std::string_view text);
    mail::AddressPtr address(PackReader& in) const;
    std::string text(PackReader& in) const;
    bool put_id(PackWriter& out, const Composed& c, Time composed);

    std::deque<Copy> copies_;
    std::deque<Letter> letters_;
    PlaceTable copy_index_, letter_index_;
    std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> more_; ///< by letter: copies that came later
    std::vector<std::unique_ptr<CopyState[]>> open_;
    std::vector<std::uint32_t> free_;
    std::uint32_t opens_ = 0;
    ByteStore packed_;
    TextTable stems_; ///< of subjects and addresses, without the numbers in them
    std::string scratch_;
    std::optional<std::int64_t> calendar_; ///< seconds of a message id's calendar at the start of the run
};

} // namespace postopolis::trace
