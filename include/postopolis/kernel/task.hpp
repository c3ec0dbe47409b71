// Task<T>: a lazy coroutine with one owner.
//
// It starts when it is awaited (or spawned on a node) and resumes its awaiter when it returns, by symmetric
// transfer within the same actor. Whoever holds a Task and drops it destroys the coroutine and everything
// below it. An exception travels to the awaiter; from a spawned task it leaves `Simulation::step`.
//
// GCC 12: bind to a named local, then await it; no lambda or braced temporary inside a co_await expression.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "postopolis/kernel/check.hpp"
#include "postopolis/kernel/pool.hpp"

namespace postopolis::kernel {

class Node;

namespace detail {

/// Links the frames of the spawned tasks of one node, so that they die with it in a defined order.
struct RootLink {
    RootLink* previous = nullptr;
    RootLink* next = nullptr;
};

struct PromiseBase {
    std::coroutine_handle<> continuation;
    std::exception_ptr error;

    static void* operator new(std::size_t size) { return pool_allocate(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { pool_free(frame, size); }

    std::suspend_always initial_suspend() noexcept { return {}; }
};

struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
        return self.promise().finished(self);
    }
    void await_resume() noexcept {}
};

} // namespace detail

template <class T = void>
class [[nodiscard]] Task {
public:
    struct promise_type : detail::PromiseBase {
        std::optional<T> value;
        Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
        detail::FinalAwaiter final_suspend() noexcept { return {}; }
        void return_value(T v) { value.emplace(std::move(v)); }
        void unhandled_exception() { error = std::current_exception(); }
        std::coroutine_handle<> finished(std::coroutine_handle<promise_type>) noexcept { return continuation; }
    };

    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            if (handle_) handle_.destroy();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    ~Task() {
        if (handle_) handle_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) noexcept {
        handle_.promise().continuation = awaiter;
        return handle_;
    }
    T await_resume() {
        if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
        return std::move(*handle_.promise().value);
    }

private:
    explicit Task(std::coroutine_handle<promise_type> h) : handle_(h) {}
    std::coroutine_handle<promise_type> handle_;
};

template <>
class [[nodiscard]] Task<void> {
public:
    struct promise_type : detail::PromiseBase, detail::RootLink {
        bool root = false; ///< owned by a node's list, not by a Task

        Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
        detail::FinalAwaiter final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() {
            if (root) throw;
            error = std::current_exception();
        }
        std::coroutine_handle<> finished(std::coroutine_handle<promise_type> self) noexcept {
            if (!root) return continuation;
            unlink();
            self.destroy();
            return std::noop_coroutine();
        }
        void unlink() noexcept {
            previous->next = next;
            next->previous = previous;
        }
    };
    using Handle = std::coroutine_handle<promise_type>;

    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            if (handle_) handle_.destroy();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    ~Task() {
        if (handle_) handle_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) noexcept {
        handle_.promise().continuation = awaiter;
        return handle_;
    }
    void await_resume() {
        if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
    }

private:
    friend class Node;
    explicit Task(Handle h) : handle_(h) {}
    Handle release() { return std::exchange(handle_, {}); }
    Handle handle_;
};

} // namespace postopolis::kernel
