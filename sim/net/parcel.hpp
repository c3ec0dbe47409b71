// What is on its way between two hosts: a TCP segment train or a datagram.
#pragma once

#include "postopolis/net/host.hpp"

namespace postopolis::net {

class Parcel final : public kernel::Occurrence {
public:
    enum class Kind : std::uint8_t { syn, syn_ack, ack, data, progress, fin, rst, datagram };

    Parcel(Host& to_host, Host& from_host, Kind parcel_kind, SocketRef to_socket, SocketRef from_socket)
        : to(to_host), from(from_host), kind(parcel_kind), target(to_socket), source(from_socket),
          counted_(&to_host.partition() == &from_host.partition()) {
        if (!counted_) return;
        ++to.parcels_;
        ++from.parcels_;
    }

    void happen() override {
        std::unique_ptr<Parcel> self(this);
        if (counted_) {
            --to.parcels_;
            --from.parcels_;
        }
        to.arrive(*this);
    }
    kernel::Node* node() const override { return &to; }
    void drop() noexcept override { delete this; }

    Host& to;
    Host& from;
    Kind kind;
    SocketRef target;
    SocketRef source;
    std::uint16_t port = 0;
    trace::ConnectionId connection = 0;
    kernel::Time sent; ///< of `progress`: until when data will be coming in
    PayloadPtr payload;
    Invitation invitation; ///< of `ack`

private:
    bool counted_; ///< by both hosts: no other thread has to do with either
};

} // namespace postopolis::net
