#include "daemon/cli/backtest_servers.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "collectors/promql_source.h"
#include "daemon/peers.h"
#include "daemon/version.h"

namespace revisitd::daemon::cli {
namespace {

namespace asio = boost::asio;
using collectors::PromqlError;
using collectors::PromqlSource;
using collectors::SlotHistoryAnswer;
using Answer = Result<SlotHistoryAnswer, PromqlError>;

TimePoint wall_clock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

// What is asked once for all services.
struct Question {
  std::string from, query;
  bool allow_partial = false;
  Duration length{};
  friend auto operator<=>(const Question&, const Question&) = default;
};

asio::awaitable<void> ask_into(PromqlSource& source, rules::SignalSpec signal, Duration length,
                               SlotSpan span, std::optional<Answer>& answer) {
  answer.emplace(co_await source.fetch_range(std::move(signal), length, span.first, span.last));
}

class Fetcher {
 public:
  Fetcher(Backtest& backtest, const Config& config)
      : backtest_(backtest),
        context_(1),
        http_(collectors::make_http_client(context_.get_executor(),
                                           {.user_agent = "revisitd/" + build_info().version})) {
    for (const PrometheusServer& server : config.prometheus) {
      sources_[server.name] = collectors::make_promql_source(context_.get_executor(), *http_,
                                                             promql_spec(server), wall_clock);
    }
  }
  ~Fetcher() {
    http_->cancel_all();
    context_.restart();
    context_.run_for(std::chrono::milliseconds(200));
  }

  std::optional<Error> fetch(const std::vector<HistoryWish>& wishes,
                             const std::function<void(double, const std::string&)>& progress) {
    std::map<Question, std::vector<const HistoryWish*>> questions;
    for (const HistoryWish& wish : wishes) {
      if (wish.signal.reduction != rules::Reduction::query) continue;
      questions[{wish.signal.from, wish.signal.query, wish.signal.allow_partial, wish.length}]
          .push_back(&wish);
    }
    double asked = 0;
    for (const auto& [question, askers] : questions) {
      const auto source = sources_.find(question.from);
      if (source == sources_.end()) {
        return Error{"no Prometheus server of the configuration is named " +
                     in_quotes(question.from)};
      }
      const std::string& name = askers.front()->signal.name;
      SlotSpan span = span_of(backtest_, question.length);
      std::int64_t look_back = 0;
      for (const HistoryWish* wish : askers) look_back = std::max(look_back, wish->look_back);
      span.first -= look_back;
      const auto chunk = static_cast<std::int64_t>(source->second->spec().range_points);
      for (std::int64_t at = span.first; at < span.last; at += chunk) {
        const double part =
            static_cast<double>(at - span.first) / static_cast<double>(span.last - span.first);
        if (progress) progress((asked + part) / static_cast<double>(questions.size()), name);
        const Answer answer = ask(*source->second, askers.front()->signal, question.length,
                                  {at, std::min(at + chunk, span.last)});
        if (!answer) return Error{question.from + ": " + name + ": " + answer.error().message};
        for (const HistoryWish* wish : askers) take(*wish, *answer);
      }
      asked += 1;
    }
    return std::nullopt;
  }

 private:
  Answer ask(PromqlSource& source, const rules::SignalSpec& signal, Duration length,
             SlotSpan span) {
    std::optional<Answer> answer;
    asio::co_spawn(context_, ask_into(source, signal, length, span, answer), asio::detached);
    context_.restart();
    while (!answer && context_.run_one() > 0) {
    }
    if (!answer) return PromqlError{collectors::PromqlFailure::unavailable, "no answer"};
    return *std::move(answer);
  }

  void take(const HistoryWish& wish, const SlotHistoryAnswer& answer) {
    const auto service = answer.find(wish.service);
    if (service == answer.end()) return;
    for (const auto& [index, value] : service->second) {
      if (value.value) put(backtest_, wish, index, rules::SlotValue::exact(*value.value));
    }
  }

  Backtest& backtest_;
  asio::io_context context_;
  std::unique_ptr<collectors::HttpClient> http_;
  std::map<std::string, std::unique_ptr<PromqlSource>> sources_;
};

}  // namespace

Result<std::vector<std::string>> fill_from_servers(
    Backtest& backtest, const std::vector<HistoryWish>& wishes, const Config& config,
    const std::function<void(double done, const std::string& what)>& progress) {
  if (auto error = Fetcher(backtest, config).fetch(wishes, progress)) return *std::move(error);
  std::vector<std::string> notes;
  std::set<std::string> scraped, silent;
  for (const HistoryWish& wish : wishes) {
    if (wish.signal.reduction != rules::Reduction::query) {
      scraped.insert(wish.signal.name);
    } else if (backtest.values.series({wish.service, wish.signal.name, wish.length}) == nullptr) {
      silent.insert(wish.signal.name + " of " + wish.service);
    }
  }
  for (const std::string& signal : scraped) {
    notes.push_back(signal +
                    " is scraped and has no history on a server: it is missing throughout");
  }
  for (const std::string& signal : silent) notes.push_back("no server has values for " + signal);
  return notes;
}

}  // namespace revisitd::daemon::cli
