#pragma once

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace revisitd::rules {

// A map of a few entries in one piece of memory, where std::map takes one for each and 40 bytes
// beside it. Sorted by key; an insertion moves what lies behind it, so that references and
// iterators are good until the next one. Keys must not be changed in place. Less is transparent.
template <class Key, class T, class Less = std::less<>>
class FlatMap {
 public:
  using value_type = std::pair<Key, T>;
  using iterator = typename std::vector<value_type>::iterator;
  using const_iterator = typename std::vector<value_type>::const_iterator;

  iterator begin() { return entries_.begin(); }
  iterator end() { return entries_.end(); }
  [[nodiscard]] const_iterator begin() const { return entries_.begin(); }
  [[nodiscard]] const_iterator end() const { return entries_.end(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }

  template <class K>
  iterator find(const K& key) {
    return begin() + place_if(key);
  }
  template <class K>
  [[nodiscard]] const_iterator find(const K& key) const {
    return begin() + place_if(key);
  }
  iterator find(const Key& key) { return find<Key>(key); }
  [[nodiscard]] const_iterator find(const Key& key) const { return find<Key>(key); }
  // The first entry whose key is not less.
  template <class K>
  [[nodiscard]] const_iterator lower_bound(const K& key) const {
    return begin() + place(key);
  }
  [[nodiscard]] bool contains(const auto& key) const { return find(key) != end(); }
  // The key must be there, else std::out_of_range.
  [[nodiscard]] const T& at(const Key& key) const {
    const auto found = find(key);
    if (found == end()) throw std::out_of_range("FlatMap::at");
    return found->second;
  }
  T& at(const Key& key) { return const_cast<T&>(std::as_const(*this).at(key)); }
  T& operator[](Key key) { return try_emplace(std::move(key)).first->second; }

  // What is there stays.
  template <class... Args>
  std::pair<iterator, bool> try_emplace(Key key, Args&&... args) {
    const auto at = place(key);
    if (holds(at, key)) return {begin() + at, false};
    // Not twice as much: there are many maps, and they hardly grow.
    if (entries_.size() == entries_.capacity()) entries_.reserve(size() + 1 + size() / 4);
    return {entries_.emplace(begin() + at, std::move(key), T(std::forward<Args>(args)...)), true};
  }
  void insert_or_assign(Key key, T value) {
    const auto at = place(key);
    if (holds(at, key)) {
      (begin() + at)->second = std::move(value);
    } else {
      try_emplace(std::move(key), std::move(value));
    }
  }
  template <class Condition>
  void erase_if(Condition condition) {
    std::erase_if(entries_, condition);
  }

 private:
  [[nodiscard]] std::ptrdiff_t place(const auto& key) const {
    return std::lower_bound(begin(), end(), key,
                            [](const value_type& entry, const auto& wanted) {
                              return Less()(entry.first, wanted);
                            }) -
           begin();
  }
  [[nodiscard]] bool holds(std::ptrdiff_t at, const auto& key) const {
    return at < std::ssize(entries_) && !Less()(key, (begin() + at)->first);
  }
  [[nodiscard]] std::ptrdiff_t place_if(const auto& key) const {
    const auto at = place(key);
    return holds(at, key) ? at : std::ssize(entries_);
  }

  std::vector<value_type> entries_;
};

}  // namespace revisitd::rules
