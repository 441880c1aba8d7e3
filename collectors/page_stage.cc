#include "collectors/page_stage.h"

#include <limits>
#include <utility>

namespace revisitd::collectors {
namespace {

// Marks of series that have left the page are not given back one by one; when so many are dead, all
// are learnt anew.
constexpr std::size_t kSpareMarks = 1024;

}  // namespace

PageStage::PageStage(std::shared_ptr<SignalRouter> router, bool honor_timestamps)
    : honor_timestamps_(honor_timestamps) {
  set_router(std::move(router));
}

void PageStage::set_router(std::shared_ptr<SignalRouter> router) {
  router_ = std::move(router);
  forget();
}

void PageStage::forget() {
  memory_.clear();
  own_ = std::make_unique<PageMarks>();
  shared_.reset();
}

void PageStage::begin(std::unique_ptr<Room> room) {
  if (marks().series() > 2 * memory_.size() + kSpareMarks) forget();
  room_ = room != nullptr ? std::move(room) : std::make_unique<Room>();
  room_->samples.resize(router_->signals());
  for (std::vector<StagedSample>& signal : room_->samples) signal.clear();
  kept_ = 0;
}

std::unique_ptr<PageStage::Room> PageStage::end() {
  if (own_ != nullptr) own_->shrink_to_fit();
  if (memory_.settled()) share();
  // What samples share with others (labels, native histograms) is not kept in empty rooms.
  for (std::vector<StagedSample>& signal : room_->samples) signal.clear();
  room_->routed = std::vector<SignalRouter::Routed>();  // with its memory
  room_->seen = SeenLabels();
  return std::move(room_);
}

// A page that changes every time would be looked for among all others every time.
void PageStage::share() {
  memory_.share(router_->pages().layouts);
  if (own_ != nullptr) shared_ = router_->pages().marks.one_of(std::move(own_));
}

void PageStage::set_target(std::shared_ptr<const ScrapeTargetSpec> target) {
  target_ = std::move(target);
}

void PageStage::set_relabel(std::unique_ptr<SampleRelabel> relabel) {
  relabel_ = std::move(relabel);
}

// A rule may give any series any name.
bool PageStage::wants(std::string_view name) { return relabel_ != nullptr || router_->wants(name); }

void PageStage::sample(const SampleView& sample) { route(sample, nullptr); }

void PageStage::native_histogram(const SampleView& sample, const NativeHistogram& histogram) {
  route(sample, &histogram);
}

void PageStage::route(const SampleView& sample, const NativeHistogram* native) {
  std::vector<SignalRouter::Routed>& routed = room_->routed;
  routed.clear();
  // The rules see nothing but the series, so what a mark stands for is right on later pages, too.
  if (relabel_ == nullptr) {
    const LabelSpan seen =
        target_ != nullptr ? room_->seen.of(*target_, sample.labels) : sample.labels;
    router_->route(sample, seen, native, routed);
  } else {
    const SampleView* left = relabel_->apply(sample);
    dropped_ = left == nullptr;
    if (left != nullptr) router_->route(*left, relabel_->seen(), native, routed);
  }
  for (const SignalRouter::Routed& one : routed) stage(one.signal, one.sample);
  if (!routed.empty()) ++kept_;
}

SeriesMark PageStage::mark(const SampleView& /*sample*/) {
  const std::vector<SignalRouter::Routed>& routed = room_->routed;
  if (routed.empty()) return dropped_ ? kDropSeries : kSkipSeries;
  if (router_->signals() > std::numeric_limits<std::uint16_t>::max()) return kUnmarked;
  if (own_ == nullptr) own_ = std::make_unique<PageMarks>(*std::exchange(shared_, nullptr));
  const SeriesMark mark = own_->next();
  for (const auto& [signal, sample] : routed) {
    own_->add(static_cast<std::uint16_t>(signal), sample, &sample == &routed.back().sample);
  }
  return mark;
}

void PageStage::reading(SeriesMark mark, const Reading& reading) {
  std::optional<TimePoint> time;
  if (reading.timestamp_ms) time = from_millis(*reading.timestamp_ms);
  const PageMarks& marks = this->marks();
  for (const PageMarks::Known* known = marks.run(mark);; ++known) {
    stage(known->signal, {.series = known->series,
                          .histogram = known->histogram,
                          .bound = known->bound,
                          .value = reading.value,
                          .time = time,
                          .role = known->role,
                          .label = marks.label(*known)});
    if (known->last) break;
  }
  ++kept_;
}

void PageStage::stage(std::size_t signal, StagedSample sample) {
  if (!honor_timestamps_) sample.time.reset();
  room_->samples[signal].push_back(std::move(sample));
}

}  // namespace revisitd::collectors
