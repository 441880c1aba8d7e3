#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

namespace revisitd::rules {

// A vector of 16-bit words that holds four of them without an allocation, and takes 12 bytes where
// std::vector takes 24 and boost::container::small_vector 32; the latter does not come back to the
// room inside once it has been larger.
class SmallWords {
 public:
  static constexpr std::size_t kInside = 4;
  static constexpr std::size_t kMost = UINT16_MAX;

  SmallWords() = default;
  // size <= kMost.
  SmallWords(std::size_t size, std::uint16_t word) : size_(static_cast<std::uint16_t>(size)) {
    if (size > kInside) allocate(size);
    std::fill_n(data(), size, word);
  }
  SmallWords(const SmallWords& other) : size_(other.size_) {
    if (size_ > kInside) allocate(size_);
    std::copy_n(other.data(), size_, data());
  }
  SmallWords(SmallWords&& other) noexcept { swap(other); }
  SmallWords& operator=(SmallWords other) noexcept {
    swap(other);
    return *this;
  }
  ~SmallWords() {
    if (outside()) delete[] where();
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  // Bytes on the heap.
  [[nodiscard]] std::size_t heap_bytes() const {
    return outside() ? capacity_ * sizeof(std::uint16_t) : 0;
  }
  std::uint16_t* data() { return outside() ? where() : words_.data(); }
  [[nodiscard]] const std::uint16_t* data() const { return outside() ? where() : words_.data(); }
  std::uint16_t& operator[](std::size_t at) { return data()[at]; }
  const std::uint16_t& operator[](std::size_t at) const { return data()[at]; }
  [[nodiscard]] const std::uint16_t* begin() const { return data(); }
  [[nodiscard]] const std::uint16_t* end() const { return data() + size_; }

  // size() < kMost.
  void push_back(std::uint16_t word) {
    if (size_ == capacity_) {
      SmallWords larger;
      larger.allocate(std::min(kMost, 2 * std::size_t{capacity_}));
      larger.size_ = size_;
      std::copy_n(data(), size_, larger.data());
      swap(larger);
    }
    data()[size_++] = word;
  }
  // count <= size().
  void drop_front(std::size_t count) {
    std::copy(data() + count, data() + size_, data());
    size_ = static_cast<std::uint16_t>(size_ - count);
  }

 private:
  using Words = std::array<std::uint16_t, kInside>;
  static_assert(sizeof(Words) == sizeof(std::uint16_t*));

  void allocate(std::size_t capacity) {
    words_ = std::bit_cast<Words>(new std::uint16_t[capacity]);
    capacity_ = static_cast<std::uint16_t>(capacity);
  }
  [[nodiscard]] std::uint16_t* where() const { return std::bit_cast<std::uint16_t*>(words_); }
  [[nodiscard]] bool outside() const { return capacity_ > kInside; }
  void swap(SmallWords& other) noexcept {
    std::swap(words_, other.words_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  // The words, or where they are: a pointer as such would cost four more bytes of alignment.
  Words words_{};
  std::uint16_t size_ = 0;
  std::uint16_t capacity_ = kInside;
};

}  // namespace revisitd::rules
