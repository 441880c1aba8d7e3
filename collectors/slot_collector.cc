#include "collectors/slot_collector.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <list>
#include <tuple>

#include "collectors/prefetch.h"
#include "rules/circumstances.h"
#include "rules/diagnostic.h"

namespace revisitd::collectors {
namespace {

using boost::asio::awaitable;
using rules::Absence;

constexpr std::uint32_t kNoService = std::numeric_limits<std::uint32_t>::max();
constexpr Duration kMostPatience = std::chrono::seconds(10);

// Everything of a scraped signal that its slots depend on.
std::string meaning_of(const rules::SignalSpec& spec) {
  return std::to_string(static_cast<int>(spec.reduction)) + '\n' + std::to_string(spec.quantile) +
         '\n' + spec.series + '\n' + spec.per + (spec.label.empty() ? "" : '\n' + spec.label);
}

// FNV-1a, of a text behind what is hashed already.
constexpr std::uint64_t kHashOfNothing = 0xcbf29ce484222325ULL;
std::uint64_t hash_on(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

// What the coroutines of one round of queries share; alive until the last of them has ended.
struct SlotCollector::Gathering {
  Gathering(const boost::asio::any_io_executor& executor, std::size_t questions)
      : left(questions), done(executor, boost::asio::steady_timer::time_point::max()) {}

  std::size_t left;
  boost::asio::steady_timer done;
  Answers answers;
};

bool wanted_before(const WantedSignal& a, const WantedSignal& b) {
  return std::tie(a.service, a.spec->name) < std::tie(b.service, b.spec->name);
}

SlotCollector::SlotCollector(std::function<TimePoint()> now) : now_(std::move(now)) {}

void SlotCollector::set_sources(const std::vector<std::shared_ptr<PromqlSource>>& sources) {
  sources_.clear();
  for (const auto& source : sources) sources_[source->spec().name] = source;
}

// What the specs of one want() come to, each looked at once: those of a fleet are nearly all alike.
class SlotCollector::Meanings {
 public:
  using Sources = std::map<std::string, std::shared_ptr<PromqlSource>>;
  explicit Meanings(const Sources& sources) : sources_(sources) {}

  struct Meaning {
    std::shared_ptr<const rules::SignalSpec> spec;  // equal ones are one
    std::string saved;                              // a part of the key of its slots
    std::shared_ptr<const SignalMatcher> matcher;   // null: a query, or a selector that is none
    std::string problem;                            // why it can never have a value, or ""
  };
  // Lives as long as the table. The spec must, too.
  const Meaning& of(const std::shared_ptr<const rules::SignalSpec>& spec) {
    const Meaning*& known = known_[spec.get()];
    if (known == nullptr) known = &alike(spec);
    return *known;
  }

 private:
  const Meaning& alike(const std::shared_ptr<const rules::SignalSpec>& spec) {
    std::list<Meaning>& named = by_name_[spec->name];
    const auto found = std::find_if(named.begin(), named.end(),
                                    [&](const Meaning& one) { return *one.spec == *spec; });
    return found != named.end() ? *found : named.emplace_back(read(spec));
  }
  Meaning read(const std::shared_ptr<const rules::SignalSpec>& spec) {
    Meaning meaning{spec, meaning_of(*spec), nullptr, ""};
    if (spec->reduction == rules::Reduction::query) {
      if (!sources_.contains(spec->from))
        meaning.problem = "no server is called " + in_quotes(spec->from);
      return meaning;
    }
    // Signals of other names may mean the same.
    std::shared_ptr<const SignalMatcher>& matcher = matchers_[meaning.saved];
    if (matcher == nullptr) {
      auto compiled = SignalMatcher::compile(*spec);
      if (!compiled) {
        meaning.problem = compiled.error().message;
        return meaning;
      }
      matcher = std::move(*compiled);
    }
    meaning.matcher = matcher;
    return meaning;
  }

  const Sources& sources_;
  std::unordered_map<const rules::SignalSpec*, const Meaning*> known_;
  std::map<std::string, std::list<Meaning>> by_name_;
  std::map<std::string, std::shared_ptr<const SignalMatcher>> matchers_;
};

std::vector<std::string> SlotCollector::want(std::vector<WantedSignal> wanted) {
  if (!std::is_sorted(wanted.begin(), wanted.end(), wanted_before))
    std::sort(wanted.begin(), wanted.end(), wanted_before);
  std::vector<std::string> problems;
  Meanings meanings(sources_);
  std::map<std::vector<std::shared_ptr<const SignalMatcher>>, std::shared_ptr<SignalRouter>>
      routers;
  std::set<SlotLengths> lengths;
  const SlotLengths* newest_lengths = nullptr;
  std::map<std::string, Service, std::less<>> next;
  std::vector<Service*> in_order;
  decltype(parts_) parts;
  for (auto first = wanted.begin(); first != wanted.end();) {
    const auto end = std::find_if(first, wanted.end(), [&](const WantedSignal& one) {
      return one.service != first->service;
    });
    const auto placed = next.emplace_hint(next.end(), first->service, Service());
    const std::string& name = placed->first;
    Service& service = placed->second;
    service.signals.reserve(static_cast<std::size_t>(end - first));
    const std::uint64_t hash_of_name = hash_on(kHashOfNothing, name);
    service.place = static_cast<std::uint32_t>(in_order.size());
    in_order.push_back(&service);
    parts[hash_of_name % kParts].push_back(&service);
    const std::uint64_t front_of_key = hash_on(hash_of_name, "\n");
    std::vector<std::shared_ptr<const SignalMatcher>> matchers;
    matchers.reserve(service.signals.capacity());
    for (; first != end; ++first) {
      const Meanings::Meaning& meaning = meanings.of(first->spec);
      if (newest_lengths == nullptr || *newest_lengths != first->lengths)
        newest_lengths = &*lengths.insert(first->lengths).first;
      std::unique_ptr<SignalReducer> kept = take_reducer(*first);
      Signal& signal = service.signals.emplace_back();
      signal.spec = meaning.spec;
      signal.lengths = newest_lengths;
      if (!meaning.problem.empty()) {
        problems.push_back("signal " + in_quotes(signal.spec->name) + " of " + in_quotes(name) +
                           ": " + meaning.problem);
      }
      if (meaning.matcher == nullptr) continue;
      if (kept != nullptr) kept->set_lengths(*signal.lengths);
      signal.reducer = kept != nullptr
                           ? std::move(kept)
                           : std::make_unique<SignalReducer>(signal.spec, *signal.lengths);
      signal.key = hash_on(hash_on(hash_on(front_of_key, signal.spec->name), "\n"), meaning.saved);
      matchers.push_back(meaning.matcher);
    }
    if (!matchers.empty()) {
      std::shared_ptr<SignalRouter>& router = routers[matchers];
      if (router == nullptr) router = std::make_shared<SignalRouter>(std::move(matchers));
      service.router = router;
    }
  }
  services_ = std::move(next);
  in_order_ = std::move(in_order);
  parts_ = std::move(parts);
  ++round_;
  lengths_ = std::move(lengths);
  if (scraper_ != nullptr) scraper_->refresh_interests();
  return problems;
}

// The reducer of the same signal as it is now, if there is one.
std::unique_ptr<SignalReducer> SlotCollector::take_reducer(const WantedSignal& wanted) {
  const auto service = services_.find(wanted.service);
  if (service == services_.end()) return nullptr;
  for (Signal& signal : service->second.signals) {
    if (signal.reducer != nullptr && signal.spec->name == wanted.spec->name &&
        (signal.spec == wanted.spec || meaning_of(*signal.spec) == meaning_of(*wanted.spec))) {
      return std::move(signal.reducer);
    }
  }
  return nullptr;
}

ScrapeConsumer::Interest SlotCollector::interest(std::string_view service) {
  const auto found = services_.find(service);
  if (found == services_.end()) return {nullptr, round_, kNoService};
  return {found->second.router, round_, found->second.place};
}

SlotCollector::Service* SlotCollector::service_of(const Interest& interest) const {
  if (interest.round != round_ || interest.service == kNoService) return nullptr;
  return in_order_[interest.service];
}

// While the page is read, the processor has time to fetch what its samples will go to.
void SlotCollector::expect(const Interest& interest) {
  const Service* const service = service_of(interest);
  if (service == nullptr) return;
  for (const Signal& signal : service->signals)
    prefetch(signal.reducer.get(), sizeof(SignalReducer));
  for (const Signal& signal : service->signals) {
    if (signal.reducer != nullptr) signal.reducer->fetch_ahead();
  }
}

void SlotCollector::scraped(const ScrapeTargetSpec&, std::uint64_t identity, TimePoint started,
                            const PageStage& page, const Interest& interest) {
  Service* const service = service_of(interest);
  if (service == nullptr) return;
  for (const Signal& signal : service->signals) {
    if (signal.reducer != nullptr) signal.reducer->fetch_further();
  }
  auto samples = page.signals().begin();
  for (Signal& signal : service->signals) {
    if (signal.reducer != nullptr)
      signal.reducer->apply(identity, started, *samples++, reductions_);
  }
}

void SlotCollector::scrape_failed(const ScrapeTargetSpec& target, std::uint64_t identity,
                                  TimePoint started) {
  const auto found = services_.find(target.service());
  if (found == services_.end()) return;
  for (Signal& signal : found->second.signals) {
    if (signal.reducer != nullptr) signal.reducer->fail(identity, started);
  }
}

awaitable<rules::SlotReading> SlotCollector::close(Duration length, TimePoint start) {
  if (scraper_ != nullptr && is_scraped(length)) {
    co_await scraper_->settle(start + length, std::min(length / 10, kMostPatience));
  }
  const Answers answers = co_await ask(length, start);
  std::optional<std::set<std::string, std::less<>>> targets;  // asked only where one may be missing
  const auto has_target = [&](const std::string& service) {
    if (scraper_ == nullptr) return false;
    if (!targets) targets = scraper_->services();
    return targets->contains(service);
  };
  rules::SlotReading reading;
  reading.length = length;
  reading.start = start;
  reading.services.reserve(services_.size());
  for (auto& [name, service] : services_) {
    rules::ServiceReading of_service;
    of_service.service = name;
    of_service.signals.reserve(service.signals.size());
    for (Signal& signal : service.signals) {
      if (!signal.lengths->contains(length)) continue;
      if (signal.reducer == nullptr) {
        of_service.signals.push_back(read_answer(signal, name, answers));
        continue;
      }
      rules::SignalReading one = signal.reducer->close(length, slot_index(start, length));
      one.signal = signal.spec->name;
      if (!one.value && !has_target(name)) one.absence = Absence::no_target;
      if (one.signal == rules::kVersionSignal && !one.text.empty()) of_service.version = one.text;
      of_service.signals.push_back(std::move(one));
    }
    if (!of_service.signals.empty()) reading.services.push_back(std::move(of_service));
  }
  co_return reading;
}

bool SlotCollector::is_scraped(Duration length) const {
  return std::any_of(services_.begin(), services_.end(), [length](const auto& one) {
    const auto& signals = one.second.signals;
    return std::any_of(signals.begin(), signals.end(), [length](const Signal& signal) {
      return signal.reducer != nullptr && signal.lengths->contains(length);
    });
  });
}

SlotCollector::Question SlotCollector::question_of(const rules::SignalSpec& spec) {
  return {spec.from, spec.query, spec.allow_partial};
}

awaitable<SlotCollector::Answers> SlotCollector::ask(Duration length, TimePoint start) {
  std::map<Question, const rules::SignalSpec*> questions;
  for (const auto& [name, service] : services_) {
    for (const Signal& signal : service.signals) {
      if (signal.spec->reduction == rules::Reduction::query && signal.lengths->contains(length)) {
        questions.emplace(question_of(*signal.spec), signal.spec.get());
      }
    }
  }
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto gathering = std::make_shared<Gathering>(executor, questions.size());
  for (const auto& [question, spec] : questions) {
    boost::asio::co_spawn(executor, ask_one(*spec, length, start, gathering),
                          [gathering](const std::exception_ptr&) {
                            if (--gathering->left == 0) gathering->done.cancel();
                          });
  }
  while (gathering->left > 0) {
    boost::system::error_code ignored;
    co_await gathering->done.async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }
  co_return std::move(gathering->answers);
}

awaitable<void> SlotCollector::ask_one(rules::SignalSpec signal, Duration length, TimePoint start,
                                       std::shared_ptr<Gathering> gathering) {
  const auto found = sources_.find(signal.from);
  if (found == sources_.end()) co_return;
  const std::shared_ptr<PromqlSource> source = found->second;
  const Question question = question_of(signal);
  const Duration delay = std::min(source->spec().evaluation_delay, length / kEvaluationDelayShare);
  const Duration wait = std::min(start + length + delay - now_(), delay);
  if (wait > Duration::zero()) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, wait);
    boost::system::error_code ignored;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }
  Answer answer = co_await source->query(std::move(signal), length, start);
  gathering->answers.emplace(question, std::move(answer));
}

rules::SignalReading SlotCollector::read_answer(const Signal& signal, const std::string& service,
                                                const Answers& answers) {
  rules::SignalReading reading{signal.spec->name, std::nullopt, Absence::failed};
  const auto answer = answers.find(question_of(*signal.spec));
  if (answer == answers.end() || !answer->second) return reading;
  const auto& services = answer->second->services;
  const auto found = services.find(service);
  if (found == services.end()) {
    reading.absence = Absence::no_data;
  } else if (found->second.value) {
    reading.value = rules::SlotValue::exact(*found->second.value);
  } else {
    reading.absence = found->second.absence;
  }
  return reading;
}

std::size_t SlotCollector::series() const {
  std::size_t count = 0;
  for (const auto& [name, service] : services_) {
    for (const Signal& signal : service.signals) {
      if (signal.reducer != nullptr) count += signal.reducer->series();
    }
  }
  return count;
}

}  // namespace revisitd::collectors
