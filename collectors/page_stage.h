#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collectors/exposition.h"
#include "collectors/exposition_memory.h"
#include "collectors/page_marks.h"
#include "collectors/sample_relabel.h"
#include "collectors/seen_labels.h"
#include "collectors/signal_router.h"

namespace revisitd::collectors {

// Holds what the signals of one service want of one target's page until the whole page has proved
// good: a scrape counts as a whole or not at all. Belongs to one target and keeps what it knows
// about the page's layout, some 50 bytes a wanted series; once a page comes with the same layout
// again, it is shared with the targets that have it, too. The room that a scrape
// needs is lent to it for that long.
class PageStage final : public SampleSink {
 public:
  // By position in the router's list of signals.
  using Samples = std::vector<std::vector<StagedSample>>;
  struct Room {
    Samples samples;
    std::vector<SignalRouter::Routed> routed;  // of the last sample()
    SeenLabels seen;
  };

  // `honor_timestamps` false: the page's own timestamps are ignored.
  explicit PageStage(std::shared_ptr<SignalRouter> router, bool honor_timestamps = true);

  // Whose labels selectors see beside a sample's own. Before the first page.
  void set_target(std::shared_ptr<const ScrapeTargetSpec> target);
  // metric_relabel_configs: what signals see are the samples as these rules leave them. Null: as
  // they come. Before the first page.
  void set_relabel(std::unique_ptr<SampleRelabel> relabel);

  // Another set of signals.
  void set_router(std::shared_ptr<SignalRouter> router);
  [[nodiscard]] const std::shared_ptr<SignalRouter>& router() const { return router_; }

  // Before the parser of the next page is made; without a room it makes one.
  void begin(std::unique_ptr<Room> room = nullptr);
  // Gives the room back, for the next page of whichever target; not null behind begin().
  std::unique_ptr<Room> end();
  // For that parser.
  PageMemory& memory() { return memory_; }

  // Valid from begin() to end() or the next begin().
  [[nodiscard]] const Samples& signals() const { return room_->samples; }
  // Samples of the page that some signal took.
  [[nodiscard]] std::size_t kept() const { return kept_; }

  bool wants(std::string_view name) override;
  void sample(const SampleView& sample) override;
  void native_histogram(const SampleView& sample, const NativeHistogram& histogram) override;
  [[nodiscard]] bool dropped() const override { return dropped_; }
  SeriesMark mark(const SampleView& sample) override;
  void reading(SeriesMark mark, const Reading& reading) override;

 private:
  void route(const SampleView& sample, const NativeHistogram* native);
  void stage(std::size_t signal, StagedSample sample);
  [[nodiscard]] const PageMarks& marks() const { return own_ != nullptr ? *own_ : *shared_; }
  void share();
  void forget();

  std::shared_ptr<SignalRouter> router_;
  bool honor_timestamps_;
  bool dropped_ = false;  // the rules dropped the last sample()
  std::shared_ptr<const ScrapeTargetSpec> target_;
  std::unique_ptr<SampleRelabel> relabel_;
  PageMemory memory_;
  // What each marked series was made into; one of the two.
  std::unique_ptr<PageMarks> own_;
  std::shared_ptr<const PageMarks> shared_;
  std::unique_ptr<Room> room_;
  std::size_t kept_ = 0;
};

}  // namespace revisitd::collectors
