#include "collectors/signal_suggestions.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "collectors/exposition_chars.h"
#include "collectors/exposition_number.h"
#include "collectors/exposition_print.h"
#include "collectors/page_parser.h"
#include "collectors/signal_router.h"
#include "rules/diagnostic.h"
#include "rules/lexer.h"
#include "rules/preset.h"

namespace revisitd::collectors {
namespace {

constexpr std::size_t kMostSuggestions = 200;
constexpr std::size_t kMostHelp = 90;

// One metric family of the page.
struct Family {
  MetricType type = MetricType::unknown;
  std::string help;
  std::set<std::string> labels;  // names its samples carry
  bool has_quantile = false;     // a summary's 0.99
  bool has_sum = false;
  bool has_buckets = false;  // others than +Inf, or native ones
};

class Overview final : public SampleSink {
 public:
  void sample(const SampleView& sample) override {
    auto& labels = names[std::string(sample.name)];
    Family* family = family_of(sample.name);
    for (const LabelView& label : sample.labels) {
      labels.emplace(label.name);
      if (family == nullptr) continue;
      family->labels.emplace(label.name);
      if (label.name == "quantile" && parse_sample_value(label.value).value == 0.99)
        family->has_quantile = true;
      if (label.name == "le" && label.value != "+Inf") family->has_buckets = true;
    }
    if (family != nullptr && sample.name.ends_with("_sum")) family->has_sum = true;
  }
  void native_histogram(const SampleView& sample, const NativeHistogram& /*histogram*/) override {
    if (Family* family = family_of(sample.name)) family->has_buckets = true;
  }
  void metadata(const MetadataView& metadata) override {
    Family& family = families[std::string(metadata.family)];
    if (metadata.kind == MetadataView::Kind::type) family.type = metadata.type;
    if (metadata.kind == MetadataView::Kind::help) family.help = metadata.text;
  }

  std::map<std::string, Family, std::less<>> families;
  std::map<std::string, std::set<std::string>, std::less<>> names;  // of samples, with their labels

 private:
  // The family a sample belongs to; a name that no metadata announced is a family of its own.
  Family* family_of(std::string_view name) {
    if (const auto found = families.find(name); found != families.end()) return &found->second;
    for (const std::string_view suffix :
         {"_bucket", "_sum", "_count", "_total", "_info", "_created", "_gsum", "_gcount"}) {
      if (!name.ends_with(suffix)) continue;
      const auto found = families.find(name.substr(0, name.size() - suffix.size()));
      if (found != families.end() && found->second.type != MetricType::unknown)
        return &found->second;
    }
    if (name.ends_with("_bucket")) {
      Family& family = families[std::string(name.substr(0, name.size() - 7))];
      family.type = MetricType::histogram;
      return &family;
    }
    return &families[std::string(name)];
  }
};

// Whether the page has what the selector names: a series of that name, with every label that the
// selector asks for. Their values may come later (`code="500"` is there after the first error).
bool has_series(const Overview& page, const SignalMatcher& matcher, const Selector& selector) {
  return std::any_of(page.names.begin(), page.names.end(), [&](const auto& one) {
    if (matcher.roles(one.first).empty()) return false;
    return std::all_of(selector.matchers().begin(), selector.matchers().end(),
                       [&](const LabelMatcher& m) { return one.second.contains(m.name()); });
  });
}

bool is_fed(const Overview& page, const rules::SignalSpec& spec) {
  const auto matcher = SignalMatcher::compile(spec);
  const auto selector = Selector::parse(spec.series);
  return matcher && selector && has_series(page, **matcher, *selector);
}

bool is_plain(std::string_view name) {
  return !name.empty() && metric_name_length(name) == name.size();
}

std::string comment_of(const std::string& help) {
  std::string text;
  for (const char c : help) {
    if (text.size() == kMostHelp) return text + "…";
    text += c >= ' ' && c <= '~' ? c : ' ';
  }
  return text;
}

// Whether a line of YAML can hold the name as it is: valid UTF-8 without control characters.
bool is_writable(std::string_view name) { return name.size() <= 200 && printable(name) == name; }

// The selector of a metric, for YAML. A colon would end a key; a name beyond letters, digits, `_`
// and `:` stands in braces and quotes.
std::string quoted(const std::string& series) {
  if (is_plain(series)) return series.find(':') == std::string::npos ? series : "'" + series + "'";
  std::string selector = "'{\"";
  for (const char c : series) {
    if (c == '"' || c == '\\') selector += '\\';
    selector += c;
    if (c == '\'') selector += c;
  }
  return selector + "\"}'";
}

const char* unit_of(std::string_view name) {
  if (name.ends_with("_seconds")) return ", unit: seconds";
  if (name.ends_with("_bytes")) return ", unit: bytes";
  if (name.ends_with("_ratio")) return ", unit: ratio";
  return "";
}

struct Suggestion {
  int rank = 0;  // versions before histograms before counters before gauges
  std::string name, text, comment;
  std::string metric{};  // the family on the page
};

std::string signal_name(std::string_view metric, std::string_view suffix) {
  std::string name(metric);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ':' || !is_class(c, kMetricInside); },
      '_');
  while (name.starts_with('_')) name.erase(0, 1);
  return (name + std::string(suffix)).substr(0, 128);
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](auto end) { return name.ends_with(end); });
}

std::optional<Suggestion> counter(const std::string& series, const std::string& help) {
  std::string_view base = series;
  if (base.ends_with("_total")) base.remove_suffix(6);
  return Suggestion{1, signal_name(base, "_rate"), "{rate: " + quoted(series) + "}", help};
}

// The label by which a gauge says a version, as `server_version` of `etcd_server_version`; "" for
// any other.
std::string version_label(std::string_view name, const Family& family) {
  for (const std::string& label : family.labels) {
    if (label.ends_with("version") && name.ends_with("_" + label)) return label;
  }
  return "";
}

// What the service is of, not what it is built with or runs in: a new compiler is no release.
std::optional<Suggestion> version(const std::string& series, const std::string& label,
                                  const std::string& help) {
  static constexpr std::array<std::string_view, 8> kRuntimes = {
      "go_info",  "go_build_info",    "python_info",         "jvm_info",
      "php_info", "jvm_runtime_info", "nodejs_version_info", "node_uname_info"};
  if (std::find(kRuntimes.begin(), kRuntimes.end(), series) != kRuntimes.end() ||
      label.ends_with("go_version")) {
    return std::nullopt;
  }
  const bool build = series.ends_with("build_info");
  const int rank = build ? -3 : series.ends_with("_server_version") ? -2 : -1;
  const std::string other = label == "version" ? "" : ", label: " + label;
  return Suggestion{rank, "version", "{info: " + quoted(series) + other + "}", help};
}

constexpr const char* kNoBuckets =
    "no buckets here: native ones need --enable-feature=native-histograms";

// What the rules make of a family that no preset reads.
std::optional<Suggestion> suggestion(const Overview& page, const std::string& name,
                                     const Family& family) {
  const std::string unit = unit_of(name);
  switch (family.type) {
    case MetricType::histogram:
    case MetricType::gaugehistogram:
      if (!page.names.contains(name + "_bucket")) return std::nullopt;
      return Suggestion{0, signal_name(name, "_p99"),
                        "{quantile: 0.99, series: " + quoted(name) + unit + "}",
                        family.has_buckets ? family.help : kNoBuckets};
    case MetricType::summary:
      if (family.has_quantile)
        return Suggestion{0, signal_name(name, "_p99"),
                          "{quantile: 0.99, series: " + quoted(name) + unit + "}", family.help};
      if (!family.has_sum) return std::nullopt;
      return Suggestion{0, signal_name(name, "_mean"), "{mean: " + quoted(name) + unit + "}",
                        family.help};
    case MetricType::counter: {
      const bool total = page.names.contains(name + "_total");
      if (!total && !page.names.contains(name)) return std::nullopt;
      return counter(total ? name + "_total" : name, family.help);
    }
    case MetricType::info:
    case MetricType::stateset:
      break;
    case MetricType::gauge:
    case MetricType::unknown:
      if (!page.names.contains(name) ||
          ends_with_any(name, {"_created", "_timestamp_seconds", "_time_seconds", "_timestamp"}))
        return std::nullopt;
      if (name.ends_with("_info")) break;
      if (const std::string label = version_label(name, family); !label.empty())
        return version(name, label, family.help);
      if (name.ends_with("_total")) return counter(name, family.help);
      return Suggestion{2, signal_name(name, ""), "{max: " + quoted(name) + unit + "}",
                        family.help};
  }
  const std::string series = page.names.contains(name) ? name : name + "_info";
  if (!page.names.contains(series) || !family.labels.contains("version")) return std::nullopt;
  return version(series, "version", family.help);
}

// "# left out: 3 more than the 200 above (a, b, c)", some of them by name.
std::string left_out(const std::vector<std::string>& metrics, const std::string& why) {
  constexpr std::size_t kNamed = 5;
  if (metrics.empty()) return "";
  std::string names;
  for (std::size_t i = 0; i < std::min(metrics.size(), kNamed); ++i) {
    names += (i == 0 ? "" : ", ") + comment_of(metrics[i]);
  }
  if (metrics.size() > kNamed) names += ", …";
  return "# left out: " + std::to_string(metrics.size()) + " " + why + " (" + names + ")\n";
}

struct Recognised {
  std::string text;  // the `presets:` line
  std::set<std::string, std::less<>> signals;
  std::vector<std::shared_ptr<const SignalMatcher>> matchers;
};

Recognised recognise(const Overview& page) {
  Recognised all;
  std::string names, about;
  for (const rules::Preset& preset : rules::presets()) {
    if (preset.source != rules::PresetSource::pages) continue;
    const rules::SignalTable signals = rules::preset_signals(preset, "");
    const bool fed = std::all_of(signals.begin(), signals.end(),
                                 [&](const auto& s) { return is_fed(page, s.second); });
    if (!fed) continue;
    std::string own;
    for (const auto& [name, spec] : signals) {
      all.matchers.push_back(*SignalMatcher::compile(spec));
      if (all.signals.insert(name).second) own += " " + name;
    }
    if (own.empty()) continue;  // another preset gives all of them
    names += (names.empty() ? "" : ", ") + std::string(preset.name);
    about += "# " + std::string(preset.name) + ":" + own + "\n";
  }
  if (!names.empty()) all.text = about + "presets: [" + names + "]\n";
  return all;
}

bool is_read(const Recognised& recognised, const Overview& page, const std::string& family) {
  return std::any_of(recognised.matchers.begin(), recognised.matchers.end(),
                     [&](const auto& matcher) {
                       for (const char* suffix : {"", "_total", "_bucket", "_count"}) {
                         const std::string name = family + suffix;
                         if (page.names.contains(name) && !matcher->roles(name).empty())
                           return true;
                       }
                       return false;
                     });
}

}  // namespace

Result<std::string, PageError> suggest_signals(std::string_view page_text,
                                               ExpositionFormat format) {
  Overview page;
  PageParser parser(format, page, print_limits());
  if (const PageStatus fed = parser.feed(page_text); !fed) return fed.error();
  if (const PageStatus ended = parser.finish(); !ended) return ended.error();
  const Recognised recognised = recognise(page);
  std::vector<Suggestion> all;
  std::vector<std::string> unnamed, same_name, beyond;  // metrics that are left out
  for (const auto& [name, family] : page.families) {
    if (name.starts_with("scrape_") || name.starts_with("promhttp_") || name == "up") continue;
    if (is_read(recognised, page, name)) continue;
    auto made = suggestion(page, name, family);
    if (!made) continue;
    made->metric = name;
    if (is_writable(name) && rules::is_signal_name(made->name)) {
      all.push_back(*std::move(made));
    } else {
      unnamed.push_back(name);
    }
  }
  std::sort(all.begin(), all.end(), [](const Suggestion& a, const Suggestion& b) {
    return std::tie(a.rank, a.name) < std::tie(b.rank, b.name);
  });
  std::set<std::string, std::less<>> taken = recognised.signals;
  std::string text = recognised.text, signals;
  std::size_t written = 0;
  for (const Suggestion& one : all) {
    if (!taken.insert(one.name).second) {
      same_name.push_back(one.metric);
    } else if (written == kMostSuggestions) {
      beyond.push_back(one.metric);
    } else {
      ++written;
      signals += "  " + one.name + ": " + one.text;
      const std::string comment = comment_of(one.comment);
      signals += (comment.empty() ? "" : "  # " + comment) + "\n";
    }
  }
  if (!signals.empty()) text += "signals:\n" + signals;
  text += left_out(beyond, "more than the " + std::to_string(kMostSuggestions) + " above");
  text += left_out(same_name, "whose signal would have the name of another");
  text += left_out(unnamed, "of a name that no signal can have");
  if (text.empty()) text = "# nothing on this page makes a signal\n";
  return text;
}

}  // namespace revisitd::collectors
