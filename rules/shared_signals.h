#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/signal.h"

namespace revisitd::rules {

// A signal table that many decisions may hold together; writing to it makes it one's own.
class SharedSignals {
 public:
  using const_iterator = SignalTable::const_iterator;

  SharedSignals() : table_(none()) {}
  SharedSignals(SignalTable table)
      : table_(std::make_shared<const SignalTable>(std::move(table))) {}

  const SignalTable& operator*() const { return *table_; }
  operator const SignalTable&() const { return *table_; }
  [[nodiscard]] const_iterator begin() const { return table_->begin(); }
  [[nodiscard]] const_iterator end() const { return table_->end(); }
  [[nodiscard]] const_iterator find(std::string_view name) const { return table_->find(name); }
  [[nodiscard]] std::size_t count(std::string_view name) const { return table_->count(name); }
  [[nodiscard]] bool contains(std::string_view name) const { return table_->contains(name); }
  [[nodiscard]] const SignalSpec& at(const std::string& name) const { return table_->at(name); }
  [[nodiscard]] std::size_t size() const { return table_->size(); }
  [[nodiscard]] bool empty() const { return table_->empty(); }

  // Lives on with whoever holds it, and the table with it; null where there is none.
  [[nodiscard]] std::shared_ptr<const SignalSpec> share(std::string_view name) const {
    const auto found = table_->find(name);
    return found == table_->end() ? nullptr
                                  : std::shared_ptr<const SignalSpec>(table_, &found->second);
  }

  SignalSpec& operator[](const std::string& name) {
    auto own = std::make_shared<SignalTable>(*table_);
    SignalSpec& spec = (*own)[name];
    table_ = std::move(own);
    return spec;
  }

 private:
  static const std::shared_ptr<const SignalTable>& none() {
    static const auto kNone = std::make_shared<const SignalTable>();
    return kNone;
  }

  std::shared_ptr<const SignalTable> table_;
};

// Tables that were met before, for decisions to hold those together which are alike. The last few
// are remembered: a fleet has one or two.
class SignalTables {
 public:
  void share(SharedSignals& signals) {
    for (const SharedSignals& one : tables_) {
      if (&*one == &*signals) return;
      if (*one != *signals) continue;
      signals = one;
      return;
    }
    if (tables_.size() == kMost) tables_.erase(tables_.begin());
    tables_.push_back(signals);
  }

 private:
  static constexpr std::size_t kMost = 32;

  std::vector<SharedSignals> tables_;
};

}  // namespace revisitd::rules
