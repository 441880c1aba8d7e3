#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace revisitd::collectors {

// Memory to read responses into, shared by the fetches of one client: large enough that most pages
// come in one piece, and small ones for the rest when many answer slowly at once. On the
// client's thread.
class ReadBuffers {
 public:
  static constexpr std::size_t kLarge = 24 * 1024;
  static constexpr std::size_t kSmall = 8 * 1024;
  static constexpr std::size_t kMostLarge = 64;
  static constexpr std::size_t kSpare = 4;  // large ones kept while nobody reads

  // Gives its memory back at its end; the buffers must outlive it.
  class Lease {
   public:
    Lease(ReadBuffers& owner, std::unique_ptr<char[]> memory, std::size_t size)
        : owner_(owner), memory_(std::move(memory)), size_(size) {}
    ~Lease() { owner_.give_back(std::move(memory_), size_); }
    Lease(Lease&& other) noexcept
        : owner_(other.owner_),
          memory_(std::move(other.memory_)),
          size_(std::exchange(other.size_, 0)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    [[nodiscard]] char* data() const { return memory_.get(); }
    [[nodiscard]] std::size_t size() const { return size_; }

   private:
    ReadBuffers& owner_;
    std::unique_ptr<char[]> memory_;
    std::size_t size_;
  };

  Lease take() {
    if (lent_ >= kMostLarge) {
      return {*this, std::make_unique_for_overwrite<char[]>(kSmall), kSmall};
    }
    ++lent_;
    if (spare_.empty()) return {*this, std::make_unique_for_overwrite<char[]>(kLarge), kLarge};
    std::unique_ptr<char[]> memory = std::move(spare_.back());
    spare_.pop_back();
    return {*this, std::move(memory), kLarge};
  }

 private:
  void give_back(std::unique_ptr<char[]> memory, std::size_t size) {
    if (size != kLarge) return;
    --lent_;
    if (spare_.size() < kSpare) spare_.push_back(std::move(memory));
  }

  std::vector<std::unique_ptr<char[]>> spare_;
  std::size_t lent_ = 0;
};

}  // namespace revisitd::collectors
