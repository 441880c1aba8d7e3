#pragma once

#include <compare>
#include <memory>
#include <set>
#include <utility>

namespace revisitd::rules {

// A value that never changes, held together with all who have an equal one; or none. Equal when
// the values are.
template <class T>
class Interned {
 public:
  Interned() = default;

  [[nodiscard]] bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  // has_value().
  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  void reset() { value_.reset(); }

  friend bool operator==(const Interned& a, const Interned& b) {
    return a.value_ == b.value_ || (a.value_ && b.value_ && *a == *b);
  }

 private:
  template <class>
  friend class InternTable;
  explicit Interned(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  std::shared_ptr<const T> value_;
};

// The values that are held, each once. T is ordered by <.
template <class T>
class InternTable {
 public:
  // `value` is what a T can be made of and compared with.
  template <class U>
  Interned<T> of(U&& value) {
    const auto at = values_.lower_bound(value);
    if (at != values_.end() && **at == value) return Interned<T>(*at);
    return Interned<T>(*values_.insert(at, std::make_shared<const T>(T(std::forward<U>(value)))));
  }
  // Lets go of the values that nobody else holds.
  void drop_unused() {
    std::erase_if(values_, [](const auto& value) { return value.use_count() == 1; });
  }
  [[nodiscard]] std::size_t size() const { return values_.size(); }

 private:
  using Pointer = std::shared_ptr<const T>;
  struct Less {
    using is_transparent = void;
    bool operator()(const Pointer& a, const Pointer& b) const { return *a < *b; }
    template <class U>
    bool operator()(const Pointer& a, const U& b) const {
      return *a < b;
    }
    template <class U>
    bool operator()(const U& a, const Pointer& b) const {
      return a < *b;
    }
  };

  std::set<Pointer, Less> values_;
};

}  // namespace revisitd::rules
