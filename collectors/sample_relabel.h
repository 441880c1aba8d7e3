#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collectors/exposition.h"
#include "collectors/relabel.h"

namespace revisitd::collectors {

struct ScrapeTargetSpec;

// The metric_relabel_configs of one target. As in Prometheus the rules see a sample with the
// target's labels put to it, its name as `__name__`, and a label of the page that has a target
// label's name as `exported_NAME` (with honor_labels the page's label stays and the target's
// gives way). Of the sample that comes out, target labels that the rules have left alone are taken
// off again: they tell no two series of a page apart.
class SampleRelabel {
 public:
  SampleRelabel(std::vector<RelabelRule> rules, LabelSet target_labels, bool honor_labels);

  // The sample as the rules leave it, null when they drop it; valid until the next call.
  const SampleView* apply(const SampleView& sample);
  // All labels that the rules have left on the last sample, the target's among them: what selectors
  // see. Valid until the next apply().
  [[nodiscard]] LabelSpan seen() const { return seen_; }

 private:
  void restore(const SampleView& sample);

  std::vector<RelabelRule> rules_;
  LabelSet target_labels_;
  bool honor_labels_;
  LabelSet labels_;
  LabelSet left_;  // behind the rules
  std::vector<LabelView> views_, seen_;
  SampleView sample_;
};

// Null when the target's job has no such rules.
std::unique_ptr<SampleRelabel> make_sample_relabel(const ScrapeTargetSpec& target);

}  // namespace revisitd::collectors
