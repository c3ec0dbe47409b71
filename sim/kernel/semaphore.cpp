// A freed slot goes straight to the first waiter, so that a newcomer at the same instant cannot overtake it.
#include "postopolis/kernel/semaphore.hpp"

namespace postopolis::kernel {

bool Semaphore::try_take() {
    if (limit_ != 0 && (in_use_ >= limit_ || first_ != nullptr)) return false;
    ++in_use_;
    return true;
}

void Semaphore::enqueue(Acquire& a) {
    a.queued_ = true;
    a.previous_ = last_;
    a.next_ = nullptr;
    (last_ != nullptr ? last_->next_ : first_) = &a;
    last_ = &a;
    ++waiting_;
}

void Semaphore::unqueue(Acquire& a) noexcept {
    (a.previous_ != nullptr ? a.previous_->next_ : first_) = a.next_;
    (a.next_ != nullptr ? a.next_->previous_ : last_) = a.previous_;
    a.queued_ = false;
    --waiting_;
}

void Semaphore::release() {
    if (first_ == nullptr) {
        --in_use_;
        return;
    }
    Acquire& next = *first_;
    unqueue(next);
    next.granted_ = true;
    node_.wake(next.waiter_); // the slot passes on: in_use_ stays
}

} // namespace postopolis::kernel
