// Size classes of 64 bytes up to 4 KiB; larger blocks go to the allocator.
#include "postopolis/kernel/pool.hpp"

#include <array>
#include <new>

namespace postopolis::kernel {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kPooled = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif
#else
constexpr bool kPooled = true;
#endif

constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 64;

struct FreeBlock {
    FreeBlock* next;
};

struct Lists {
    std::array<FreeBlock*, kClasses> heads{};
    ~Lists() {
        for (FreeBlock* head : heads) {
            while (head != nullptr) {
                FreeBlock* next = head->next;
                ::operator delete(head);
                head = next;
            }
        }
    }
};

thread_local Lists lists;

std::size_t class_of(std::size_t size) { return (size + kStep - 1) / kStep; }

} // namespace

void* pool_allocate(std::size_t size) {
    std::size_t c = class_of(size);
    if (!kPooled || c >= kClasses) return ::operator new(size);
    if (FreeBlock* block = lists.heads[c]) {
        lists.heads[c] = block->next;
        return block;
    }
    return ::operator new(c * kStep);
}

void pool_free(void* block, std::size_t size) noexcept {
    std::size_t c = class_of(size);
    if (!kPooled || c >= kClasses) {
        ::operator delete(block);
        return;
    }
    auto* free_block = static_cast<FreeBlock*>(block);
    free_block->next = lists.heads[c];
    lists.heads[c] = free_block;
}

} // namespace postopolis::kernel
