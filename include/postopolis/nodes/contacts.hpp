// Whom a person writes to.
//
// Either a list that many share, or a part of a large graph of acquaintances: there a person's contacts follow from the
// run's key, the person's address and their number, so that no list is kept for anybody. How many somebody has is lognormal,
// as in address books and call graphs: a few people know very many.
#pragma once

#include <cstdint>

#include "postopolis/kernel/random.hpp"
#include "postopolis/nodes/crowd.hpp"
#include "postopolis/nodes/directory.hpp"

namespace postopolis::nodes {

class Contacts {
public:
    virtual ~Contacts() = default;
    virtual std::uint64_t count(const mail::Address& of) const = 0;
    virtual mail::AddressPtr at(const mail::Address& of, std::uint64_t number) const = 0; ///< number below count
};

class ListedContacts final : public Contacts {
public:
    explicit ListedContacts(Crowd all) : all_(std::move(all)) {}
    std::uint64_t count(const mail::Address&) const override { return all_.size(); }
    mail::AddressPtr at(const mail::Address&, std::uint64_t number) const override { return all_.address(number); }

private:
    Crowd all_;
};

struct Acquaintances {
    double mean = 20;    ///< number of contacts; at least 1
    double sigma = 1;    ///< of its logarithm; 0: all have as many
    double within = 0.5; ///< the part of them who live in the person's own domain, 0..1
};

class GeneratedContacts final : public Contacts {
public:
    /// The others are people of `among`; those of one's own domain are looked up in `neighbours` (by domain, for people
    /// who were added one by one) and among the settlements of `directory`, which must outlive this.
    GeneratedContacts(kernel::RunKey key, Acquaintances law, Crowd among, CaselessMap<Crowd> neighbours,
                      const Directory& directory);
    std::uint64_t count(const mail::Address& of) const override;
    mail::AddressPtr at(const mail::Address& of, std::uint64_t number) const override;

private:
    kernel::Stream stream(const mail::Address& of, std::uint64_t number) const;
    kernel::RunKey key_;
    Acquaintances law_;
    Crowd among_;
    CaselessMap<Crowd> neighbours_;
    const Directory& directory_;
};

} // namespace postopolis::nodes
