// Slots of a node: a counting semaphore, first come first served. Between coroutines of one node only.
#pragma once

#include <coroutine>
#include <cstdint>
#include <utility>

#include "postopolis/kernel/node.hpp"

namespace postopolis::kernel {

class Semaphore {
public:
    /// `slots` of 0 means no limit.
    Semaphore(Node& node, std::uint32_t slots) : node_(node), limit_(slots) {}
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    /// Held while a slot is used; gives it back when it dies.
    class [[nodiscard]] Permit {
    public:
        explicit Permit(Semaphore* s) : semaphore_(s) {}
        Permit(Permit&& o) noexcept : semaphore_(std::exchange(o.semaphore_, nullptr)) {}
        Permit& operator=(Permit&&) = delete;
        ~Permit() {
            if (semaphore_ != nullptr) semaphore_->release();
        }

    private:
        Semaphore* semaphore_;
    };

    class Acquire {
    public:
        explicit Acquire(Semaphore& s) : semaphore_(s) {}
        Acquire(const Acquire&) = delete;
        ~Acquire() {
            if (queued_) semaphore_.unqueue(*this);
            if (granted_) semaphore_.release(); // woken, but its task died before it ran
        }
        bool await_ready() { return semaphore_.try_take(); }
        void await_suspend(std::coroutine_handle<> h) {
            waiter_ = h;
            semaphore_.enqueue(*this);
        }
        Permit await_resume() {
            granted_ = false;
            return Permit(&semaphore_);
        }

    private:
        friend class Semaphore;
        Semaphore& semaphore_;
        std::coroutine_handle<> waiter_;
        Acquire* previous_ = nullptr;
        Acquire* next_ = nullptr;
        bool queued_ = false;
        bool granted_ = false;
    };
    /// `auto permit = co_await semaphore.acquire();`
    Acquire acquire() { return Acquire(*this); }

    std::uint32_t in_use() const { return in_use_; }
    std::uint32_t waiting() const { return waiting_; }
    std::uint32_t limit() const { return limit_; }

private:
    bool try_take();
    void enqueue(Acquire& a);
    void unqueue(Acquire& a) noexcept;
    void release();

    Node& node_;
    std::uint32_t limit_;
    std::uint32_t in_use_ = 0;
    std::uint32_t waiting_ = 0;
    Acquire* first_ = nullptr;
    Acquire* last_ = nullptr;
};

} // namespace postopolis::kernel
