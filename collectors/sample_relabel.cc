#include "collectors/sample_relabel.h"

#include <utility>

#include "collectors/scrape_target.h"
#include "collectors/seen_labels.h"

namespace revisitd::collectors {
namespace {

constexpr std::string_view kName = "__name__";

void show(const LabelSet& labels, std::vector<LabelView>& views) {
  views.clear();
  for (const auto& [label, value] : labels) {
    if (!label.starts_with("__") && !value.empty()) views.push_back({label, value});
  }
}

std::string_view on_page(const SampleView& sample, std::string_view name) {
  for (const LabelView& label : sample.labels) {
    if (label.name == name) return label.value;
  }
  return {};
}

}  // namespace

SampleRelabel::SampleRelabel(std::vector<RelabelRule> rules, LabelSet target_labels,
                             bool honor_labels)
    : rules_(std::move(rules)),
      target_labels_(std::move(target_labels)),
      honor_labels_(honor_labels) {}

const SampleView* SampleRelabel::apply(const SampleView& sample) {
  labels_.clear();
  for (const LabelView& label : sample.labels) {
    if (label.value.empty()) continue;
    const bool taken = !honor_labels_ && target_labels_.contains(label.name);
    labels_.insert_or_assign(taken ? exported_name(label.name) : std::string(label.name),
                             std::string(label.value));
  }
  labels_.insert(target_labels_.begin(), target_labels_.end());
  labels_.insert_or_assign(std::string(kName), std::string(sample.name));
  for (const RelabelRule& rule : rules_) {
    if (!rule.apply(labels_)) return nullptr;
  }
  left_ = labels_;
  restore(sample);
  const auto name = labels_.find(kName);
  if (name == labels_.end() || name->second.empty()) return nullptr;
  show(left_, seen_);
  show(labels_, views_);
  sample_ = sample;
  sample_.name = name->second;
  sample_.labels = views_;
  return &sample_;
}

// Takes the target's labels off where they are still what they were, and gives the page's back
// their names.
void SampleRelabel::restore(const SampleView& sample) {
  for (const auto& [name, value] : target_labels_) {
    const std::string_view page = on_page(sample, name);
    const auto found = labels_.find(name);
    if (honor_labels_ && !page.empty()) continue;
    if (found == labels_.end() || found->second != value) continue;
    labels_.erase(found);
    const auto exported = labels_.find(exported_name(name));
    if (page.empty() || exported == labels_.end() || exported->second != page) continue;
    labels_.erase(exported);
    labels_.insert_or_assign(name, std::string(page));
  }
}

std::unique_ptr<SampleRelabel> make_sample_relabel(const ScrapeTargetSpec& target) {
  if (target.job->metric_relabel.empty()) return nullptr;
  return std::make_unique<SampleRelabel>(target.job->metric_relabel,
                                         LabelSet(target.labels.begin(), target.labels.end()),
                                         target.job->honor_labels);
}

}  // namespace revisitd::collectors
