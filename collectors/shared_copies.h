#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace revisitd::collectors {

// Of values that are equal and never change, one for all who hold them, as long as somebody does.
// T has hash() and ==. What shares a hash with another value by chance is not shared.
template <class T>
class SharedCopies {
 public:
  // The one that is held already, else this one. Not null.
  std::shared_ptr<const T> one_of(std::shared_ptr<const T> value) {
    if (held_.size() >= sweep_at_) sweep();
    std::weak_ptr<const T>& known = held_[value->hash()];
    if (auto held = known.lock()) return *held == *value ? held : value;
    known = value;
    return value;
  }

 private:
  static constexpr std::size_t kFew = 16;

  // What nobody holds any more goes each time that as much again has come.
  void sweep() {
    std::erase_if(held_, [](const auto& one) { return one.second.expired(); });
    sweep_at_ = std::max(kFew, 2 * held_.size());
  }

  std::unordered_map<std::uint64_t, std::weak_ptr<const T>> held_;
  std::size_t sweep_at_ = kFew;
};

}  // namespace revisitd::collectors
