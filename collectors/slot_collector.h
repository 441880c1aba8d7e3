#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "collectors/promql_source.h"
#include "collectors/reduction.h"
#include "collectors/scraper.h"
#include "collectors/signal_router.h"
#include "collectors/slot_lengths.h"
#include "rules/result.h"
#include "rules/signal.h"
#include "rules/slot.h"
#include "rules/time.h"

namespace revisitd::collectors {

// One signal that some decision looks at, and the slot lengths it is needed at.
struct WantedSignal {
  std::string service;
  std::shared_ptr<const rules::SignalSpec> spec;  // not null; those of a fleet share theirs
  SlotLengths lengths;
};
// The order in which they are held: by service, then by name.
bool wanted_before(const WantedSignal& a, const WantedSignal& b);

// Puts the sources together: what scrapes bring is gathered per slot, queries are asked at its end,
// and close() gives the engine its reading. All on the network thread.
class SlotCollector final : public ScrapeConsumer {
 public:
  // `now` gives the wall clock: how long an answer's evaluation delay still is.
  explicit SlotCollector(std::function<TimePoint()> now);

  // Must outlive the collector or be replaced before it goes. Without one, scraped signals have no
  // target.
  void set_scraper(Scraper* scraper) { scraper_ = scraper; }
  // Each is named by its spec. One that a query is still under way to lives on until that ends.
  void set_sources(const std::vector<std::shared_ptr<PromqlSource>>& sources);

  // What is needed from now on. Slots in progress of signals that are the same as before are kept.
  // Gives one line per signal that can never have a value: a selector that is none, a server that
  // is not configured.
  std::vector<std::string> want(std::vector<WantedSignal> wanted);

  // The reading of the slot that has just ended, for all services. Waits for scrapes that began
  // within it, for at most a tenth of the slot or 10 s, and asks each query once for all services;
  // servers have three quarters of the slot, their evaluation delay among it, so that the next slot
  // can be closed in its time. Never fails: what has no value says why.
  boost::asio::awaitable<rules::SlotReading> close(Duration length, TimePoint start);

  // The slots in progress, as bytes (slot_progress.cc).
  [[nodiscard]] std::string save() const;
  // The same in parts that are made and read back together; a service is always in the same of
  // them. "" for one without a signal.
  static constexpr std::size_t kParts = 64;
  [[nodiscard]] std::string save_part(std::size_t part) const;
  // What was saved of each signal, by its key; nothing for a text that could not be read.
  struct SavedProgress {
    std::unordered_map<std::uint64_t, std::optional<SignalReducer::Saved>> signals;
    bool whole = true;  // false: some could not even be told apart
  };
  // On any thread.
  static SavedProgress read_progress(std::span<const std::string> texts);
  // For a new collector, after want(). What is not the same signal any more is left out. False when
  // some could not be read; the signals it stood for then start empty.
  [[nodiscard]] bool restore(SavedProgress saved);

  [[nodiscard]] const ReductionCounters& reductions() const { return reductions_; }
  // Series held for the slots in progress.
  [[nodiscard]] std::size_t series() const;

  Interest interest(std::string_view service) override;
  void expect(const Interest& interest) override;
  void scraped(const ScrapeTargetSpec& target, std::uint64_t identity, TimePoint started,
               const PageStage& page, const Interest& interest) override;
  void scrape_failed(const ScrapeTargetSpec& target, std::uint64_t identity,
                     TimePoint started) override;

 private:
  struct Signal {
    std::shared_ptr<const rules::SignalSpec> spec;  // equal ones are one
    const SlotLengths* lengths = nullptr;           // one of lengths_
    std::unique_ptr<SignalReducer> reducer;         // null: a query, or a selector that is none
    std::uint64_t key = 0;  // what its slots are saved under; of a reducer only
  };
  struct Service {
    std::vector<Signal> signals;  // by name; the router has those with a reducer
    std::shared_ptr<SignalRouter> router;
    std::uint32_t place = 0;  // in in_order_
  };
  // One query of one server; services share it.
  struct Question {
    std::string from, query;
    bool allow_partial = false;
    friend auto operator<=>(const Question&, const Question&) = default;
  };
  using Answer = Result<PromqlVector, PromqlError>;
  using Answers = std::map<Question, Answer>;
  class Meanings;

  // Null for a service of which nothing is wanted, and for an interest of an earlier round: a page
  // that was read for other signals than are wanted now tells nothing about these.
  [[nodiscard]] Service* service_of(const Interest& interest) const;
  static Question question_of(const rules::SignalSpec& spec);
  std::unique_ptr<SignalReducer> take_reducer(const WantedSignal& wanted);
  [[nodiscard]] bool is_scraped(Duration length) const;
  struct Gathering;
  boost::asio::awaitable<Answers> ask(Duration length, TimePoint start);
  boost::asio::awaitable<void> ask_one(rules::SignalSpec signal, Duration length, TimePoint start,
                                       std::shared_ptr<Gathering> gathering);
  static rules::SignalReading read_answer(const Signal& signal, const std::string& service,
                                          const Answers& answers);

  std::function<TimePoint()> now_;
  Scraper* scraper_ = nullptr;
  std::map<std::string, std::shared_ptr<PromqlSource>> sources_;
  static bool read_text(std::string_view text, SavedProgress& saved);
  static void save_service(const Service& service, std::string& out);

  std::set<SlotLengths> lengths_;  // what signals are needed at, each once
  std::map<std::string, Service, std::less<>> services_;
  std::vector<Service*> in_order_;  // of services_: the one that an interest says is found at once
  std::uint32_t round_ = 0;         // of interests: another whenever others are wanted
  std::array<std::vector<const Service*>, kParts> parts_;
  ReductionCounters reductions_;
};

}  // namespace revisitd::collectors
