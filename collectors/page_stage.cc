#include "collectors/page_stage.h"

namespace revisitd::collectors {
namespace {

// Marks of series that have left the page are not given back one by one; when so many are dead, all
// are learnt anew.
constexpr std::size_t kSpareRuns = 1024;

}  // namespace

PageStage::PageStage(std::shared_ptr<SignalRouter> router, bool honor_timestamps)
    : honor_timestamps_(honor_timestamps) {
  set_router(std::move(router));
}

void PageStage::set_router(std::shared_ptr<SignalRouter> router) {
  router_ = std::move(router);
  memory_.clear();
  runs_.clear();
  known_.clear();
  staged_.assign(router_->signals(), {});
}

void PageStage::begin() {
  if (runs_.size() > 2 * memory_.size() + kSpareRuns) {
    memory_.clear();
    runs_.clear();
    known_.clear();
  }
  for (std::vector<StagedSample>& signal : staged_) signal.clear();
  kept_ = 0;
}

bool PageStage::wants(std::string_view name) { return router_->wants(name); }

void PageStage::sample(const SampleView& sample) {
  routed_.clear();
  router_->route(sample, routed_);
  for (const SignalRouter::Routed& one : routed_) stage(one);
  if (!routed_.empty()) ++kept_;
}

SeriesMark PageStage::mark(const SampleView& /*sample*/) {
  if (routed_.empty()) return kSkipSeries;
  runs_.push_back(
      {static_cast<std::uint32_t>(known_.size()), static_cast<std::uint32_t>(routed_.size())});
  known_.insert(known_.end(), routed_.begin(), routed_.end());
  return static_cast<SeriesMark>(runs_.size() - 1);
}

void PageStage::reading(SeriesMark mark, const Reading& reading) {
  const Run run = runs_[static_cast<std::size_t>(mark)];
  for (std::uint32_t i = run.first; i < run.first + run.count; ++i) {
    SignalRouter::Routed& known = known_[i];
    known.sample.value = reading.value;
    known.sample.time.reset();
    if (reading.timestamp_ms) known.sample.time = from_millis(*reading.timestamp_ms);
    stage(known);
  }
  ++kept_;
}

void PageStage::stage(const SignalRouter::Routed& routed) {
  staged_[routed.signal].push_back(routed.sample);
  if (!honor_timestamps_) staged_[routed.signal].back().time.reset();
}

}  // namespace revisitd::collectors
