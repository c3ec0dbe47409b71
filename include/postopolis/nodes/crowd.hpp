// A number of people to choose from: authors, or recipients, by number from 0.
//
// People of settlements stand here by their numbers and are made when they are asked for; addresses that nobody has may
// stand among recipients.
#pragma once

#include <cstdint>
#include <vector>

#include "postopolis/mail/address.hpp"
#include "postopolis/nodes/settlement.hpp"

namespace postopolis::nodes {

/// One of a crowd of people, who need not have been made.
class Member {
public:
    explicit Member(Person& person) : person_(&person) {}
    Member(Settlement& home, std::uint32_t number) : home_(&home), number_(number) {}

    mail::AddressPtr mailbox() const;
    const kernel::Partition& partition() const;
    /// Null for none.
    std::shared_ptr<const Contacts> contacts() const;
    /// In their own partition only.
    Person& person() const;

private:
    Person* person_ = nullptr;
    Settlement* home_ = nullptr; ///< of a resident
    std::uint32_t number_ = 0;
};

class Crowd {
public:
    Crowd() = default;
    Crowd(std::vector<Person*> people);              // NOLINT: a list of people is a crowd
    Crowd(std::vector<mail::AddressPtr> addresses);  // NOLINT: so is one of addresses

    void add(Person& person);
    void add(mail::AddressPtr address);
    void add(Settlement& settlement, std::uint32_t first, std::uint32_t count);

    /// The same people in the same order, those who stand there again left out.
    Crowd each_once() const;

    std::uint64_t size() const { return ends_.empty() ? 0 : ends_.back(); }
    bool empty() const { return size() == 0; }
    /// Who must be a person, and not an address alone.
    Member member(std::uint64_t number) const;
    mail::AddressPtr address(std::uint64_t number) const;

private:
    struct Part {
        std::vector<Person*> people;
        std::vector<mail::AddressPtr> addresses;
        Settlement* settlement = nullptr;
        std::uint32_t first = 0;
    };
    Part& last_of(bool people);
    const Part& find(std::uint64_t& number) const;

    std::vector<Part> parts_; ///< each holds one of people, addresses and a range of a settlement
    std::vector<std::uint64_t> ends_;
};

} // namespace postopolis::nodes
