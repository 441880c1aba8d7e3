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
// gives way). Target labels that the rules have left alone are taken off again, for selectors of
// signals speak of pages.
class SampleRelabel {
 public:
  SampleRelabel(std::vector<RelabelRule> rules, LabelSet target_labels, bool honor_labels);

  // The sample as the rules leave it, null when they drop it; valid until the next call.
  const SampleView* apply(const SampleView& sample);

 private:
  void restore(const SampleView& sample);

  std::vector<RelabelRule> rules_;
  LabelSet target_labels_;
  bool honor_labels_;
  LabelSet labels_;
  std::vector<LabelView> views_;
  SampleView sample_;
};

// Null when the target's job has no such rules.
std::unique_ptr<SampleRelabel> make_sample_relabel(const ScrapeTargetSpec& target);

}  // namespace revisitd::collectors
