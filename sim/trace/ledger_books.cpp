// Packing and unpacking. See ledger_books.hpp.
#include "trace/ledger_books.hpp"

namespace postopolis::trace {
namespace {

// What stands first in a packed copy.
constexpr unsigned kRecipientKindShift = 3; // after the fate
constexpr std::uint64_t kFetched = 1U << 5;
constexpr std::uint64_t kHasDeferrals = 1U << 6; // with the last code
constexpr std::uint64_t kHasReason = 1U << 7;
constexpr std::uint64_t kDuplicate = 1U << 8;
constexpr std::uint64_t kHasReport = 1U << 9;
constexpr std::uint64_t kOddSettled = 1U << 10; // instants that do not follow from the accounts
constexpr std::uint64_t kOddAccounted = 1U << 11;
constexpr std::uint64_t kOddRead = 1U << 12;
constexpr std::uint64_t kOddOffered = 1U << 13;
constexpr std::uint64_t kMoreSpent = 1U << 14; // after the fate

// And in a packed letter.
constexpr std::uint64_t kHasAbout = 1U << 3; // after the kind
constexpr std::uint64_t kIdOfNumbers = 1U << 4;
constexpr std::uint64_t kHasSender = 1U << 5;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Account difference(const Account& a, const Account& b) {
    Account d;
    for (std::size_t i = 0; i < kCauses; ++i) {
        const auto cause = static_cast<Cause>(i);
        d.add(cause, a.spent(cause) - b.spent(cause));
    }
    return d;
}

/// Digits without a leading zero, few enough for a number.
std::optional<std::uint64_t> plain_number(std::string_view digits) {
    std::uint64_t n = 0;
    if (digits.empty() || digits.size() > 18 || (digits.front() == '0' && digits.size() > 1)) return std::nullopt;
    for (const char c : digits) {
        if (!is_digit(c)) return std::nullopt;
        n = n * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return n;
}

/// That make a number without a leading zero, of those at the end.
std::size_t digits_at_end(std::string_view text) {
    std::size_t digits = 0;
    while (digits < text.size() && digits < 18 && is_digit(text[text.size() - digits - 1])) ++digits;
    while (digits > 1 && text[text.size() - digits] == '0') --digits;
    return digits;
}

std::int64_t seconds_of(Time t) { return t.since_start() / Duration::seconds(1); }

constexpr auto by_id = [](const auto& entries) {
    return [&entries](std::uint32_t i) { return entries[i].id; };
};

} // namespace

std::uint32_t LedgerBooks::pack(const CopyState& s, Time composed) {
    PackWriter out;
    const Account since_offer = difference(s.spent_to_fate, s.spent_when_offered);
    const Account after = difference(s.spent, s.spent_to_fate);
    std::uint64_t flags = static_cast<std::uint64_t>(s.fate) |
                          static_cast<std::uint64_t>(s.recipient_kind) << kRecipientKindShift;
    const auto set = [&](bool condition, std::uint64_t flag) { flags |= condition ? flag : 0; };
    set(s.fetched, kFetched);
    set(s.deferrals != 0 || s.code != 0, kHasDeferrals);
    set(s.reason != 0, kHasReason);
    set(s.duplicate, kDuplicate);
    set(s.report != 0, kHasReport);
    set(s.settled != composed + s.spent_to_fate.total(), kOddSettled);
    set(s.accounted != composed + s.spent.total(), kOddAccounted);
    set(s.read != (s.fetched ? s.accounted : Time()), kOddRead);
    set(s.offered != s.settled - since_offer.total(), kOddOffered);
    set(after != Account(), kMoreSpent);
    out.put(flags);
    out.put(s.place);
    out.put(s.transfers);
    out.put(s.spent_to_fate);
    out.put(since_offer);
    if ((flags & kHasDeferrals) != 0) {
        out.put(s.deferrals);
        out.put(s.code);
    }
    if ((flags & kHasReason) != 0) out.put(s.reason);
    if ((flags & kHasReport) != 0) out.put(s.report);
    if ((flags & kMoreSpent) != 0) out.put(after);
    if ((flags & kOddSettled) != 0) out.put(s.settled.since_start());
    if ((flags & kOddAccounted) != 0) out.put(s.accounted.since_start());
    if ((flags & kOddRead) != 0) out.put(s.read.since_start());
    if ((flags & kOddOffered) != 0) out.put(s.offered.since_start());
    return packed_.add(out.octets());
}

CopyState LedgerBooks::unpacked(std::uint32_t where, Time composed) const {
    PackReader in = packed_.at(where);
    CopyState s;
    const std::uint64_t flags = in.number();
    s.fate = static_cast<Fate>(flags & 7);
    s.recipient_kind = static_cast<RecipientKind>(flags >> kRecipientKindShift & 3);
    s.fetched = (flags & kFetched) != 0;
    s.duplicate = (flags & kDuplicate) != 0;
    s.place = static_cast<std::uint32_t>(in.number());
    s.transfers = static_cast<std::uint16_t>(in.number());
    in.add_to(s.spent_to_fate, 1);
    s.spent_when_offered = s.spent_to_fate;
    const Duration since_offer = in.add_to(s.spent_when_offered, -1);
    if ((flags & kHasDeferrals) != 0) {
        s.deferrals = static_cast<std::uint16_t>(in.number());
        s.code = static_cast<std::uint16_t>(in.number());
    }
    if ((flags & kHasReason) != 0) s.reason = static_cast<std::uint32_t>(in.number());
    if ((flags & kHasReport) != 0) s.report = in.number();
    s.spent = s.spent_to_fate;
    if ((flags & kMoreSpent) != 0) in.add_to(s.spent, 1);
    const auto instant = [&](std::uint64_t odd, Time else_at) {
        return (flags & odd) != 0 ? Time::at(in.duration()) : else_at;
    };
    s.settled = instant(kOddSettled, composed + s.spent_to_fate.total());
    s.accounted = instant(kOddAccounted, composed + s.spent.total());
    s.read = instant(kOddRead, s.fetched ? s.accounted : Time());
    s.offered = instant(kOddOffered, s.settled - since_offer);
    return s;
}

/// A stem that many subjects have and the number at its end, or else as it is, after the record.
void LedgerBooks::put_subject(PackWriter& out, std::string_view& raw) {
    const std::size_t digits = digits_at_end(raw);
    const std::uint32_t stem = stems_.number(raw.substr(0, raw.size() - digits), kMostStems);
    if (stem == kNowhere) return out.put(raw.size() << 2);
    out.put(std::uint64_t{stem} << 2 | (digits > 0 ? 3U : 1U));
    if (digits > 0) out.put(*plain_number(raw.substr(raw.size() - digits)));
    raw = {};
}

/// What stands before and behind the last number in it, which many texts have in common, and the number; or else as it
/// is.
void LedgerBooks::put_text(std::string& out, std::string_view text) {
    std::size_t end = text.size();
    while (end > 0 && !is_digit(text[end - 1])) --end;
    const std::size_t digits = digits_at_end(text.substr(0, end));
    if (digits == 0) end = text.size();
    const std::uint32_t before = stems_.number(text.substr(0, end - digits), kMostStems);
    const std::uint32_t behind = stems_.number(text.substr(end), kMostStems);
    PackWriter numbers;
    if (before == kNowhere || behind == kNowhere) {
        numbers.put(text.size() << 2);
        out += numbers.octets();
        out += text;
        return;
    }
    numbers.put(std::uint64_t{before} << 2 | (digits > 0 ? 3U : 1U));
    if (digits > 0) {
        numbers.put(*plain_number(text.substr(end - digits, digits)));
        numbers.put(behind);
    }
    out += numbers.octets();
}

std::string LedgerBooks::text(PackReader& in) const {
    const std::uint64_t first = in.number();
    if ((first & 1) == 0) return std::string(in.text(first >> 2));
    std::string text = stems_[static_cast<std::uint32_t>(first >> 2)];
    if ((first & 2) == 0) return text;
    text += std::to_string(in.number());
    return text += stems_[static_cast<std::uint32_t>(in.number())];
}

void LedgerBooks::put_address(std::string& out, const mail::Address& address) {
    put_text(out, address.local);
    put_text(out, address.domain);
}

mail::AddressPtr LedgerBooks::address(PackReader& in) const {
    mail::Address address;
    address.local = text(in);
    address.domain = text(in);
    return std::make_shared<const mail::Address>(std::move(address));
}

mail::AddressPtr LedgerBooks::recipient(std::uint32_t place) const {
    const std::uint32_t where = copies_[place].recipient;
    if (where == kNowhere) return nullptr;
    PackReader in = packed_.at(where);
    return address(in);
}

/// "SECONDS.NUMBER.SENDER", as persons' mail readers make them; false for others.
bool LedgerBooks::put_id(PackWriter& out, const Composed& c, Time composed) {
    if (!c.sender) return false;
    std::string_view id = c.message_id;
    const auto ends = [&](std::string_view end) {
        if (!id.ends_with(end)) return false;
        id.remove_suffix(end.size());
        return true;
    };
    if (!ends(c.sender->domain) || !ends("@") || !ends(c.sender->local) || !ends(".")) return false;
    const std::size_t dot = id.find('.');
    if (dot == std::string_view::npos) return false;
    const auto seconds = plain_number(id.substr(0, dot));
    const auto number = plain_number(id.substr(dot + 1));
    if (!seconds || !number) return false;
    const std::int64_t start = static_cast<std::int64_t>(*seconds) - seconds_of(composed);
    if (!calendar_) calendar_ = start;
    out.put(zigzag(start - *calendar_));
    out.put(*number);
    return true;
}

std::uint32_t LedgerBooks::add_letter(Time composed, const Composed& c, std::uint32_t copies) {
    PackWriter rest;
    const bool id_of_numbers = put_id(rest, c, composed);
    std::string_view subject = c.subject;
    PackWriter out;
    out.put(static_cast<std::uint64_t>(c.kind) | (c.about != 0 ? kHasAbout : 0) | (id_of_numbers ? kIdOfNumbers : 0) |
            (c.sender ? kHasSender : 0));
    out.put(copies);
    out.put(c.size);
    if (c.about != 0) out.put(c.about);
    if (!id_of_numbers) out.put(c.message_id.size());
    put_subject(out, subject);
    std::string& tail = scratch_;
    tail.clear();
    if (c.sender) put_address(tail, *c.sender);
    tail += rest.octets();
    if (!id_of_numbers) tail += c.message_id;
    tail += subject;
    const auto place = static_cast<std::uint32_t>(letters_.size());
    letters_.push_back({c.letter, composed, static_cast<std::uint32_t>(copies_.size()),
                        packed_.add(out.octets(), tail)});
    letter_index_.insert(c.letter, place, by_id(letters_));
    return place;
}

LetterRecord LedgerBooks::letter_record(std::uint32_t place) const {
    const Letter& letter = letters_[place];
    LetterRecord r;
    r.id = letter.id;
    r.composed = letter.composed;
    PackReader in = packed_.at(letter.where);
    const std::uint64_t flags = in.number();
    r.kind = static_cast<LetterKind>(flags & 7);
    const std::uint64_t copies = in.number();
    r.size = in.number();
    if ((flags & kHasAbout) != 0) r.about = in.number();
    const bool id_of_numbers = (flags & kIdOfNumbers) != 0;
    const std::uint64_t id_size = id_of_numbers ? 0 : in.number();
    const std::uint64_t subject = in.number();
    if ((subject & 1) != 0) r.subject = stems_[static_cast<std::uint32_t>(subject >> 2)];
    if ((subject & 3) == 3) r.subject += std::to_string(in.number());
    if ((flags & kHasSender) != 0) r.sender = address(in);
    if (id_of_numbers) {
        const std::int64_t seconds = unzigzag(in.number()) + *calendar_ + seconds_of(letter.composed);
        r.message_id = std::to_string(seconds) + '.';
        r.message_id += std::to_string(in.number()) + '.' + r.sender->local + '@' + r.sender->domain;
    } else {
        r.message_id = in.text(id_size);
    }
    if ((subject & 1) == 0) r.subject = in.text(subject >> 2);
    for (std::uint64_t i = 0; i < copies; ++i) r.copies.push_back(copies_[letter.first + i].id);
    if (const auto more = more_.find(place); more != more_.end())
        for (std::uint32_t i : more->second) r.copies.push_back(copies_[i].id);
    return r;
}

CopyRecord LedgerBooks::copy_record(std::uint32_t place) const {
    const Copy& copy = copies_[place];
    const Letter& letter = letters_[copy.letter];
    CopyRecord r;
    static_cast<CopyState&>(r) = state(place);
    r.id = copy.id;
    r.letter = letter.id;
    r.recipient = recipient(place);
    r.kind = kind(copy.letter);
    r.composed = letter.composed;
    return r;
}

Fate LedgerBooks::fate(std::uint32_t place) const {
    const std::uint32_t where = copies_[place].where;
    return where >= kOpen ? opened(where).fate : static_cast<Fate>(packed_.at(where).number() & 7);
}

std::uint64_t LedgerBooks::listed() const {
    std::uint64_t sum = 0;
    for (const Letter& letter : letters_) {
        PackReader in = packed_.at(letter.where);
        in.number();
        sum += in.number();
    }
    for (const auto& [letter, more] : more_) sum += more.size();
    return sum;
}

std::uint32_t LedgerBooks::new_open() {
    if (!free_.empty()) {
        const std::uint32_t i = free_.back();
        free_.pop_back();
        return i;
    }
    if (opens_ % kOpenChunk == 0) open_.push_back(std::make_unique<CopyState[]>(kOpenChunk));
    kernel::check(opens_ < kOpen - 1, "too many copies on their way");
    return kOpen + opens_++;
}

void LedgerBooks::add_copy(CopyId id, const mail::AddressPtr& recipient, std::uint32_t letter, const CopyState& state,
                           bool is_recipients) {
    const auto place = static_cast<std::uint32_t>(copies_.size());
    kernel::check(place < kNowhere, "too many copies");
    const std::uint32_t where = new_open();
    opened(where) = state;
    std::uint32_t to = kNowhere;
    if (recipient) {
        scratch_.clear();
        put_address(scratch_, *recipient);
        to = packed_.add(scratch_);
    }
    copies_.push_back({id, letter, where, to});
    copy_index_.insert(id, place, by_id(copies_));
    if (!is_recipients) more_[letter].push_back(place);
}

void LedgerBooks::rename(std::uint32_t place, CopyId id) {
    Copy& copy = copies_[place];
    copy_index_.erase(copy.id, [&](std::uint32_t i) { return i == place; }, by_id(copies_));
    copy.id = id;
    copy_index_.insert(id, place, by_id(copies_));
}

CopyState LedgerBooks::state(std::uint32_t place) const {
    const Copy& copy = copies_[place];
    return copy.where >= kOpen ? opened(copy.where) : unpacked(copy.where, letters_[copy.letter].composed);
}

CopyState& LedgerBooks::open(std::uint32_t place) {
    Copy& copy = copies_[place];
    if (copy.where < kOpen) {
        const CopyState state = unpacked(copy.where, letters_[copy.letter].composed);
        copy.where = new_open();
        opened(copy.where) = state;
    }
    return opened(copy.where);
}

void LedgerBooks::close(std::uint32_t place) {
    Copy& copy = copies_[place];
    if (copy.where < kOpen || opened(copy.where).fate == Fate::in_transit) return;
    free_.push_back(copy.where);
    copy.where = pack(opened(copy.where), letters_[copy.letter].composed);
}

} // namespace postopolis::trace
