#include "collectors/signal_router.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "collectors/exposition_number.h"
#include "rules/diagnostic.h"

namespace revisitd::collectors {
namespace {

using rules::Reduction;

constexpr std::size_t kMaxKnownNames = 20'000;
constexpr std::size_t kMaxInfoBytes = 128;
constexpr double kQuantileTolerance = 1e-9;

std::uint64_t mix(std::uint64_t hash) {
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53ULL;
  return hash ^ (hash >> 33);
}

// FNV-1a.
std::uint64_t hash_text(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325ULL) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

std::uint64_t hash_label(const LabelView& label) {
  return mix(hash_text(label.value, hash_text(label.name) * 31 + 1));
}

const LabelView* find_label(LabelSpan labels, std::string_view name) {
  for (const LabelView& label : labels) {
    if (label.name == name) return &label;
  }
  return nullptr;
}

std::optional<double> number_in(LabelSpan labels, std::string_view name) {
  const LabelView* label = find_label(labels, name);
  if (label == nullptr) return std::nullopt;
  const ParsedFloat parsed = parse_sample_value(label->value);
  if (parsed.fault != NumberFault::none || std::isnan(parsed.value)) return std::nullopt;
  return parsed.value;
}

Result<Selector> parse_selector(std::string_view text) {
  auto selector = Selector::parse(text);
  if (selector) return std::move(*selector);
  const SelectorError& error = selector.error();
  return Error{"series selector " + in_quotes(text) + ", column " +
               std::to_string(error.offset + 1) + ": " + error.message};
}

}  // namespace

SignalMatcher::SignalMatcher(rules::SignalSpec spec, Selector series, std::optional<Selector> per)
    : spec_(std::move(spec)),
      series_(std::move(series)),
      per_(std::move(per)),
      family_(series_.metric_name()) {
  const std::string_view suffix = companion_suffix(Companion::bucket);
  if (spec_.reduction == Reduction::quantile && family_ && family_->ends_with(suffix)) {
    family_->resize(family_->size() - suffix.size());
  }
}

Result<std::shared_ptr<const SignalMatcher>> SignalMatcher::compile(const rules::SignalSpec& spec) {
  if (spec.reduction == Reduction::query) return Error{"a query is not read from scraped pages"};
  auto series = parse_selector(spec.series);
  if (!series) return series.error();
  std::optional<Selector> per;
  if (!spec.per.empty()) {
    auto parsed = parse_selector(spec.per);
    if (!parsed) return parsed.error();
    per = std::move(*parsed);
  }
  return std::shared_ptr<const SignalMatcher>(
      new SignalMatcher(spec, std::move(*series), std::move(per)));
}

bool SignalMatcher::is_family(std::string_view name) const {
  return family_ ? name == *family_ : series_.matches_name(name);
}

std::optional<std::vector<std::string>> SignalMatcher::names() const {
  std::vector<std::string> names;
  if (spec_.reduction == Reduction::quantile || spec_.reduction == Reduction::mean) {
    if (!family_) return std::nullopt;
    names.push_back(*family_);
    for (const Companion companion : {Companion::bucket, Companion::sum, Companion::count})
      names.push_back(*family_ + std::string(companion_suffix(companion)));
    return names;
  }
  if (!series_.metric_name() || (per_ && !per_->metric_name())) return std::nullopt;
  names.push_back(*series_.metric_name());
  if (per_) names.push_back(*per_->metric_name());
  return names;
}

std::vector<SeriesRole> SignalMatcher::roles(std::string_view name) const {
  const bool quantile = spec_.reduction == Reduction::quantile;
  std::vector<SeriesRole> roles;
  if (quantile || spec_.reduction == Reduction::mean) {
    if (is_family(name)) roles.push_back(quantile ? SeriesRole::quantile : SeriesRole::value);
    if (is_family(name) && quantile) roles.push_back(SeriesRole::native);
    for (const Companion companion : {Companion::bucket, Companion::sum, Companion::count}) {
      const std::string_view suffix = companion_suffix(companion);
      if (!name.ends_with(suffix) || !is_family(name.substr(0, name.size() - suffix.size()))) {
        continue;
      }
      if (companion == Companion::bucket && quantile) roles.push_back(SeriesRole::bucket);
      if (companion == Companion::sum && !quantile) roles.push_back(SeriesRole::sum);
      if (companion == Companion::count) roles.push_back(SeriesRole::count);
    }
    return roles;
  }
  if (series_.matches_name(name)) roles.push_back(SeriesRole::value);
  if (per_ && per_->matches_name(name)) roles.push_back(SeriesRole::denominator);
  return roles;
}

void SignalMatcher::match(SeriesRole role, const SampleView& sample, LabelSpan seen,
                          std::vector<StagedSample>& out) const {
  const Selector& selector = role == SeriesRole::denominator ? *per_ : series_;
  if (!selector.matches_labels(seen)) return;
  StagedSample staged;
  const char* own_label = nullptr;
  if (role == SeriesRole::bucket) {
    own_label = "le";
    const std::optional<double> bound = number_in(sample.labels, own_label);
    if (!bound || *bound == -INFINITY) return;
    staged.bound = *bound;
  } else if (role == SeriesRole::quantile) {
    own_label = "quantile";
    const std::optional<double> q = number_in(sample.labels, own_label);
    if (!q || std::abs(*q - spec_.quantile) > kQuantileTolerance) return;
  } else if (spec_.reduction == Reduction::mean && role == SeriesRole::value) {
    // The quantiles of a summary are no samples of the quantity itself.
    if (find_label(sample.labels, "quantile") != nullptr) return;
  }
  if (spec_.reduction == Reduction::info) {
    const LabelView* label = find_label(seen, spec_.label);
    if (label == nullptr || label->value.empty()) return;
    staged.label = std::make_shared<const std::string>(label->value.substr(0, kMaxInfoBytes));
  }
  // The order of labels on the page does not matter, so their hashes are added.
  std::uint64_t labels = 0;
  for (const LabelView& label : sample.labels) {
    const std::uint64_t hash = hash_label(label);
    labels += hash;
    if (own_label == nullptr || label.name != own_label) staged.histogram += hash;
  }
  staged.series = mix(hash_text(sample.name) + labels + static_cast<std::uint64_t>(role));
  staged.role = role;
  out.push_back(staged);
}

std::size_t NameSieve::place(std::string_view name) {
  // Names of one program begin alike, so their length and their end tell them apart.
  std::uint64_t end = 0;
  const std::size_t bytes = std::min(name.size(), sizeof end);
  if (bytes > 0) std::memcpy(&end, name.data() + name.size() - bytes, bytes);
  constexpr int kPlaceBits = std::countr_zero(kBits);
  return static_cast<std::size_t>((end ^ name.size() << 56) * 0x9E3779B97F4A7C15ULL >>
                                  (64 - kPlaceBits));
}

SignalRouter::SignalRouter(std::vector<std::shared_ptr<const SignalMatcher>> signals)
    : signals_(std::move(signals)) {
  for (const auto& signal : signals_) {
    const auto names = signal->names();
    if (!names) sieve_.open();
    for (const std::string& name : names.value_or(std::vector<std::string>{})) sieve_.add(name);
  }
}

const std::vector<SignalRouter::Interest>& SignalRouter::interests(std::string_view name) {
  const auto found = known_.find(name);
  if (found != known_.end()) return found->second;
  if (known_.size() >= kMaxKnownNames) known_.clear();
  std::vector<Interest>& added = known_[std::string(name)];
  for (std::uint32_t i = 0; i < signals_.size(); ++i) {
    for (const SeriesRole role : signals_[i]->roles(name)) added.push_back({i, role});
  }
  return added;
}

bool SignalRouter::wants(std::string_view name) {
  return sieve_.may_hold(name) && !interests(name).empty();
}

void SignalRouter::route(const SampleView& sample, LabelSpan seen, const NativeHistogram* native,
                         std::vector<Routed>& out) {
  std::shared_ptr<const NativeHistogram> kept;  // one for all signals
  for (const Interest& interest : interests(sample.name)) {
    if ((interest.role == SeriesRole::native) != (native != nullptr)) continue;
    matched_.clear();
    signals_[interest.signal]->match(interest.role, sample, seen, matched_);
    for (StagedSample& staged : matched_) {
      staged.value = sample.value;
      if (sample.timestamp_ms) staged.time = from_millis(*sample.timestamp_ms);
      if (native != nullptr && kept == nullptr) {
        kept = std::make_shared<const NativeHistogram>(*native);
      }
      staged.native = kept;
      out.push_back({interest.signal, std::move(staged)});
    }
  }
}

}  // namespace revisitd::collectors
