// Free lists for coroutine frames and other short-lived objects of the event loop: no malloc per event.
//
// One set of lists per thread; a block freed on another thread joins that thread's lists, and what those have too
// much of is there for all. Blocks are kept until the thread ends. Under AddressSanitizer the pool is a plain pass-through, so that it sees everything.
#pragma once

#include <cstddef>

namespace postopolis::kernel {

/// Memory for `size` bytes, aligned for any type. Throws std::bad_alloc.
[[nodiscard]] void* pool_allocate(std::size_t size);
/// Gives back what `pool_allocate(size)` gave; `size` must be the same.
void pool_free(void* block, std::size_t size) noexcept;

/// Base for classes that are allocated from the pool. A class with a virtual destructor is freed by its true size.
struct Pooled {
    static void* operator new(std::size_t size) { return pool_allocate(size); }
    static void operator delete(void* block, std::size_t size) noexcept { pool_free(block, size); }
};

} // namespace postopolis::kernel
