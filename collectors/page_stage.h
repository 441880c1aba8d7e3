#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "collectors/exposition.h"
#include "collectors/exposition_memory.h"
#include "collectors/signal_router.h"

namespace revisitd::collectors {

// Holds what the signals of one service want of one target's page until the whole page has proved
// good: a scrape counts as a whole or not at all. Belongs to one target, and keeps its buffers and
// what it knows about the page's layout.
class PageStage final : public SampleSink {
 public:
  // `honor_timestamps` false: the page's own timestamps are ignored.
  explicit PageStage(std::shared_ptr<SignalRouter> router, bool honor_timestamps = true);

  // Another set of signals.
  void set_router(std::shared_ptr<SignalRouter> router);
  [[nodiscard]] const std::shared_ptr<SignalRouter>& router() const { return router_; }

  // Before the parser of the next page is made.
  void begin();
  // For that parser.
  PageMemory& memory() { return memory_; }

  // By position in the router's list of signals; valid until the next begin().
  [[nodiscard]] const std::vector<std::vector<StagedSample>>& signals() const { return staged_; }
  // Samples of the page that some signal took.
  [[nodiscard]] std::size_t kept() const { return kept_; }

  bool wants(std::string_view name) override;
  void sample(const SampleView& sample) override;
  SeriesMark mark(const SampleView& sample) override;
  void reading(SeriesMark mark, const Reading& reading) override;

 private:
  void stage(const SignalRouter::Routed& routed);

  std::shared_ptr<SignalRouter> router_;
  bool honor_timestamps_;
  PageMemory memory_;
  // What each marked series was made into, as runs of `known_`.
  struct Run {
    std::uint32_t first, count;
  };
  std::vector<Run> runs_;
  std::vector<SignalRouter::Routed> known_;
  std::vector<SignalRouter::Routed> routed_;  // of the last sample()
  std::vector<std::vector<StagedSample>> staged_;
  std::size_t kept_ = 0;
};

}  // namespace revisitd::collectors
