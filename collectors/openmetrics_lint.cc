#include "collectors/openmetrics_lint.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "collectors/exposition_lines.h"
#include "collectors/exposition_parser.h"
#include "collectors/exposition_print.h"
#include "collectors/openmetrics_places.h"
#include "collectors/openmetrics_points.h"

namespace revisitd::collectors {
namespace {

constexpr std::size_t kExemplarCharacters = 128;  // of all labels together

// In "# TYPE name …", which has no other blanks.
constexpr int kKeywordColumn = 3;
constexpr int kFamilyColumn = 8;

// The suffixes that samples of a type have beyond the name of their family.
std::span<const std::string_view> suffixes_of(MetricType type) {
  static constexpr std::string_view kPlain[] = {""};
  static constexpr std::string_view kCounter[] = {"_total", "_created"};
  static constexpr std::string_view kInfo[] = {"_info"};
  static constexpr std::string_view kSummary[] = {"", "_sum", "_count", "_created"};
  static constexpr std::string_view kHistogram[] = {"_bucket", "_sum", "_count", "_created"};
  static constexpr std::string_view kGaugeHistogram[] = {"_bucket", "_gsum", "_gcount"};
  switch (type) {
    case MetricType::unknown:
    case MetricType::gauge:
    case MetricType::stateset:
      return kPlain;
    case MetricType::counter:
      return kCounter;
    case MetricType::info:
      return kInfo;
    case MetricType::summary:
      return kSummary;
    case MetricType::histogram:
      return kHistogram;
    case MetricType::gaugehistogram:
      return kGaugeHistogram;
  }
  return kPlain;
}

bool takes_exemplars(std::string_view suffix) { return suffix == "_total" || suffix == "_bucket"; }

// The label that tells the series of one metric apart.
std::string_view inner_label(MetricType type, std::string_view family) {
  switch (type) {
    case MetricType::histogram:
    case MetricType::gaugehistogram:
      return "le";
    case MetricType::summary:
      return "quantile";
    case MetricType::stateset:
      return family;
    case MetricType::unknown:
    case MetricType::gauge:
    case MetricType::counter:
    case MetricType::info:
      return "";
  }
  return "";
}

struct Family {
  std::string name;
  MetricType type = MetricType::unknown;
  std::set<MetadataView::Kind> kinds;
  Place begin;
  std::optional<Place> unit;
  bool sampled = false;
  std::set<std::string> metrics;  // label sets met
  std::string metric_key;
  std::unique_ptr<MetricLint> metric;
};

// A page by its lines, asked for nearly in rising order.
class PageLines {
 public:
  explicit PageLines(std::string_view page) : page_(page), rest_(page) {}

  // The page from line `line` on, which it must have.
  std::string_view from(int line) {
    if (line < line_) {
      rest_ = page_;
      line_ = 1;
    }
    for (; line_ < line; ++line_) rest_.remove_prefix(rest_.find('\n') + 1);
    return rest_;
  }

 private:
  std::string_view page_, rest_;
  int line_ = 1;
};

class Lint : public SampleSink {
 public:
  Lint(std::string_view page, LintReport report) : lines_(page), report_(std::move(report)) {}

  void metadata(const MetadataView& metadata) override {
    const Place keyword{metadata.line, kKeywordColumn};
    if (!current_ || metadata.family != current_->name)
      open(std::string(metadata.family), {metadata.line, kFamilyColumn});
    if (current_->sampled) report_(keyword, "metadata stands after samples of its family");
    if (!current_->kinds.insert(metadata.kind).second) {
      report_(keyword, "the family has this kind of metadata already");
    }
    if (metadata.kind == MetadataView::Kind::type) current_->type = metadata.type;
    if (metadata.kind == MetadataView::Kind::unit && !metadata.text.empty())
      current_->unit = keyword;
  }

  void sample(const SampleView& sample) override {
    const SamplePlaces places =
        places_of(lines_.from(sample.line), sample.line, sample.series.size());
    check_labels(sample, places);
    enter_family(sample, places.begin);
    if (!current_->sampled) settle(places.begin);
    const auto suffix = sample.name.substr(std::min(current_->name.size(), sample.name.size()));
    check_exemplar(sample, suffix, places);
    enter_metric(sample, places.begin);
    current_->metric->sample(sample, suffix, places);
  }

  void finish() {
    if (current_) close();
  }

 private:
  bool belongs(std::string_view sample_name) const {
    if (!current_ || !sample_name.starts_with(current_->name)) return false;
    const std::string_view suffix = sample_name.substr(current_->name.size());
    const auto allowed = suffixes_of(current_->type);
    return std::find(allowed.begin(), allowed.end(), suffix) != allowed.end();
  }

  void enter_family(const SampleView& sample, Place begin) {
    if (belongs(sample.name)) return;
    if (current_ && sample.name == current_->name) {
      report_(begin, "a " + std::string(metric_type_name(current_->type)) +
                         " has a sample without a suffix, expected " +
                         std::string(suffixes_of(current_->type)[0]));
      return;
    }
    const auto owner = owners_.find(std::string(sample.name));
    open(owner == owners_.end() ? std::string(sample.name) : owner->second, begin);
  }

  // Begins a family; an earlier one of the same name means that the page mixes them.
  void open(std::string name, Place place) {
    if (current_) close();
    current_.emplace();
    current_->begin = place;
    const auto known = types_.find(name);
    if (known != types_.end()) {
      report_(place, "the family goes on after another has begun");
      current_->type = known->second;
    }
    current_->name = std::move(name);
  }

  void close() {
    if (!current_->sampled) settle(current_->begin);
    if (current_->metric) current_->metric->finish();
    current_.reset();
  }

  // The family's metadata is complete: its names are taken from here on.
  void settle(Place place) {
    Family& family = *current_;
    family.sampled = true;
    types_.emplace(family.name, family.type);
    for (const std::string_view suffix : suffixes_of(family.type)) {
      const auto [owner, fresh] = owners_.emplace(family.name + std::string(suffix), family.name);
      if (!fresh && owner->second != family.name) {
        report_(place,
                "the name " + owner->first + " clashes with a sample of family " + owner->second);
      }
    }
    const bool unitless = family.type == MetricType::info || family.type == MetricType::stateset;
    if (unitless && family.unit) {
      report_(*family.unit, "an info or stateset has a unit");
    }
  }

  void enter_metric(const SampleView& sample, Place begin) {
    Family& family = *current_;
    std::string key = metric_key(sample, inner_label(family.type, family.name));
    if (family.metric && key == family.metric_key) return;
    if (family.metric) family.metric->finish();
    if (!family.metrics.insert(key).second) {
      report_(begin, "samples of one metric do not stand together");
    }
    family.metric_key = std::move(key);
    family.metric = std::make_unique<MetricLint>(family.type, family.name, report_);
  }

  static std::string metric_key(const SampleView& sample, std::string_view without) {
    std::map<std::string_view, std::string_view> sorted;
    for (const LabelView& label : sample.labels) {
      if (label.name != without) sorted.insert_or_assign(label.name, label.value);
    }
    std::string key;
    for (const auto& [name, value] : sorted) {
      key.append(name).append(1, '\xFF').append(value).append(1, '\xFF');
    }
    return key;
  }

  void check_labels(const SampleView& sample, const SamplePlaces& places) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < sample.labels.size(); ++i) {
      const std::string_view name = sample.labels[i].name;
      const Place place = places.labels[i].at;
      if (!names.insert(name).second) report_(place, "a label name stands twice");
      if (name.starts_with("__"))
        report_(place, "label names with two leading underscores are reserved");
    }
    if (sample.series.ends_with(",}"))
      report_(places.labels_end, "a comma stands before the closing brace");
  }

  void check_exemplar(const SampleView& sample, std::string_view suffix,
                      const SamplePlaces& places) {
    if (!sample.exemplar) return;
    if (!takes_exemplars(suffix)) {
      report_(places.exemplar,
              "an exemplar stands behind something other than a counter's total or a bucket");
    }
    if (sample.exemplar->label_characters > kExemplarCharacters) {
      report_(places.exemplar, "the labels of an exemplar are longer than 128 characters");
    }
    std::set<std::string_view> names;
    for (const LabelPlace& label : places.exemplar_labels) {
      if (!names.insert(label.name).second)
        report_(label.at, "a label name of an exemplar stands twice");
    }
    if (places.exemplar_text.ends_with(",}"))
      report_(places.exemplar_end, "a comma stands before the closing brace of an exemplar");
  }

  PageLines lines_;
  LintReport report_;
  std::optional<Family> current_;
  std::map<std::string, MetricType> types_;    // by name, of families begun
  std::map<std::string, std::string> owners_;  // sample name to the family it belongs to
};

}  // namespace

std::vector<Diagnostic> lint_openmetrics(std::string_view page, const std::string& file) {
  std::vector<Diagnostic> findings;
  PageLines lines(page);
  Lint lint(page, [&](Place place, std::string message) {
    findings.push_back({file, place, std::move(message),
                        shown_source(lines.from(place.line), place.column), Severity::error});
  });

  ExpositionParser parser(ExpositionFormat::openmetrics, lint, print_limits());
  auto status = parser.feed(page);
  if (status) status = parser.finish();
  lint.finish();
  std::sort(findings.begin(), findings.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.place.line, a.place.column, a.message) <
           std::tie(b.place.line, b.place.column, b.message);
  });
  if (!status) findings.push_back(to_diagnostic(status.error(), file));
  return findings;
}

}  // namespace revisitd::collectors
