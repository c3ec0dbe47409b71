// See crowd.hpp.
#include "postopolis/nodes/crowd.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "postopolis/kernel/check.hpp"
#include "postopolis/nodes/person.hpp"

namespace postopolis::nodes {

Crowd::Crowd(std::vector<Person*> people) {
    for (Person* p : people) add(*p);
}

Crowd::Crowd(std::vector<mail::AddressPtr> addresses) {
    for (mail::AddressPtr& a : addresses) add(std::move(a));
}

Crowd::Part& Crowd::last_of(bool people) {
    if (parts_.empty() || parts_.back().settlement != nullptr || parts_.back().people.empty() == people) {
        parts_.emplace_back();
        ends_.push_back(size());
    }
    ++ends_.back();
    return parts_.back();
}

void Crowd::add(Person& person) { last_of(true).people.push_back(&person); }

void Crowd::add(mail::AddressPtr address) { last_of(false).addresses.push_back(std::move(address)); }

void Crowd::add(Settlement& settlement, std::uint32_t first, std::uint32_t count) {
    if (count == 0) return;
    Part* last = parts_.empty() ? nullptr : &parts_.back();
    if (last != nullptr && last->settlement == &settlement &&
        last->first + (ends_.back() - (ends_.size() > 1 ? ends_[ends_.size() - 2] : 0)) == first) {
        ends_.back() += count;
        return;
    }
    Part& part = parts_.emplace_back();
    part.settlement = &settlement;
    part.first = first;
    ends_.push_back(size() + count);
}

Crowd Crowd::each_once() const {
    if (parts_.size() <= 1 && (parts_.empty() || parts_.front().settlement != nullptr)) return *this;
    Crowd result;
    std::unordered_set<const Person*> people;
    std::unordered_map<const Settlement*, std::vector<bool>> settled;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const Part& part = parts_[i];
        for (Person* p : part.people)
            if (people.insert(p).second) result.add(*p);
        for (const mail::AddressPtr& a : part.addresses) result.add(a);
        if (part.settlement == nullptr) continue;
        std::vector<bool>& known = settled[part.settlement];
        known.resize(part.settlement->people());
        const std::uint64_t count = ends_[i] - (i > 0 ? ends_[i - 1] : 0);
        for (std::uint32_t k = part.first; k < part.first + count; ++k) {
            if (known[k]) continue;
            known[k] = true;
            result.add(*part.settlement, k, 1);
        }
    }
    return result;
}

const Crowd::Part& Crowd::find(std::uint64_t& number) const {
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), number);
    const auto part = static_cast<std::size_t>(end - ends_.begin());
    if (part > 0) number -= ends_[part - 1];
    return parts_[part];
}

Member Crowd::member(std::uint64_t number) const {
    const Part& part = find(number);
    if (part.settlement != nullptr) return {*part.settlement, part.first + static_cast<std::uint32_t>(number)};
    kernel::check(!part.people.empty(), "an address alone is nobody who could do something");
    return Member(*part.people[number]);
}

mail::AddressPtr Member::mailbox() const {
    return person_ != nullptr ? person_->mailbox() : std::make_shared<const mail::Address>(home_->address(number_));
}

const kernel::Partition& Member::partition() const {
    return person_ != nullptr ? person_->partition() : home_->partition_of(number_);
}

std::shared_ptr<const Contacts> Member::contacts() const {
    return person_ != nullptr ? person_->contacts() : home_->kind_of(number_).contacts;
}

Person& Member::person() const { return person_ != nullptr ? *person_ : home_->person_at(number_); }

mail::AddressPtr Crowd::address(std::uint64_t number) const {
    const Part& part = find(number);
    if (part.settlement != nullptr)
        return std::make_shared<const mail::Address>(part.settlement->address(part.first + static_cast<std::uint32_t>(number)));
    return part.people.empty() ? part.addresses[number] : part.people[number]->mailbox();
}

} // namespace postopolis::nodes
