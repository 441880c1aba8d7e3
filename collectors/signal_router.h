#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collectors/exposition.h"
#include "collectors/page_marks.h"
#include "collectors/quick_hash.h"
#include "collectors/reduction.h"
#include "collectors/selector.h"
#include "rules/result.h"
#include "rules/signal.h"

// Which samples of a page which signals want, and as what.
namespace revisitd::collectors {

// One signal's selectors, compiled once and shared by all services that have it. `quantile` and
// `mean` name a family X and take X_bucket, X_sum, X_count and X itself as they need them;
// `quantile` also takes the name X_bucket for X.
class SignalMatcher {
 public:
  // Error: the selector that is none, with the offset and what was expected; or a query, which
  // matches nothing scraped.
  static Result<std::shared_ptr<const SignalMatcher>> compile(const rules::SignalSpec& spec);

  [[nodiscard]] const rules::SignalSpec& spec() const { return spec_; }
  // All names that roles() may say something of; nothing where a selector leaves the name open.
  [[nodiscard]] std::optional<std::vector<std::string>> names() const;
  // What samples of this name may be to the signal.
  [[nodiscard]] std::vector<SeriesRole> roles(std::string_view name) const;
  // Appends the sample once for every role it has. `seen`: its labels as selectors see them, those
  // of its target among them.
  void match(SeriesRole role, const SampleView& sample, LabelSpan seen,
             std::vector<StagedSample>& out) const;

 private:
  SignalMatcher(rules::SignalSpec spec, Selector series, std::optional<Selector> per);

  // The selector's own name for a family, companions and all.
  [[nodiscard]] bool is_family(std::string_view name) const;

  rules::SignalSpec spec_;
  Selector series_;
  std::optional<Selector> per_;
  std::optional<std::string> family_;  // the one name, without "_bucket"
};

// Tells most names that are not in a set from those that are, at the cost of two loads: a page is
// mostly lines that nobody wants, each of another name than the one before.
class NameSieve {
 public:
  void add(std::string_view name) {
    const std::size_t at = place(name);
    bits_[at / 64] |= std::uint64_t{1} << at % 64;
  }
  // From then on any name may pass.
  void open() { bits_.fill(~std::uint64_t{0}); }
  // False: it was not added. True: perhaps it was.
  [[nodiscard]] bool may_hold(std::string_view name) const {
    const std::size_t at = place(name);
    return (bits_[at / 64] >> at % 64 & 1) != 0;
  }

 private:
  static constexpr std::size_t kBits = 2048;
  static std::size_t place(std::string_view name);

  std::array<std::uint64_t, kBits / 64> bits_{};
};

// A set of signals; services that have the same share it. Not thread-safe: it remembers what it
// found out about names.
class SignalRouter {
 public:
  explicit SignalRouter(std::vector<std::shared_ptr<const SignalMatcher>> signals);

  [[nodiscard]] std::size_t signals() const { return signals_.size(); }
  // Whether any signal can want a sample of this name.
  bool wants(std::string_view name);

  struct Routed {
    std::uint32_t signal = 0;  // position in the list it was made from
    StagedSample sample;
  };
  // Appends what the signals make of the sample. `seen`: its labels as selectors see them;
  // `native`: the histogram that the sample stands for, null for a sample that is its value.
  void route(const SampleView& sample, LabelSpan seen, const NativeHistogram* native,
             std::vector<Routed>& out);
  // Of the pages of all targets that it is for.
  [[nodiscard]] SharedPages& pages() { return pages_; }

 private:
  struct Interest {
    std::uint32_t signal;
    SeriesRole role;
  };
  const std::vector<Interest>& interests(std::string_view name);

  std::vector<std::shared_ptr<const SignalMatcher>> signals_;
  NameSieve sieve_;
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return quick_hash(name); }
  };
  // Answers by name, forgotten when a hostile page has made them many.
  std::unordered_map<std::string, std::vector<Interest>, NameHash, std::equal_to<>> known_;
  std::vector<StagedSample> matched_;
  SharedPages pages_;
};

}  // namespace revisitd::collectors
