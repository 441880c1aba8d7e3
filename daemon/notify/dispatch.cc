#include "daemon/notify/dispatch.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <vector>

#include "daemon/notify/message.h"
#include "daemon/notify/signature.h"

namespace revisitd::daemon::notify {
namespace {

namespace asio = boost::asio;
using collectors::FetchError;
using collectors::FetchFailure;
using collectors::FetchRequest;
using collectors::FetchResponse;
using Answer = Result<FetchResponse, FetchError>;

// Answers of one attempt as they come in; shared with the fetches, which may outlive a worker that
// was stopped.
struct Gathering {
  explicit Gathering(const asio::any_io_executor& executor) : complete(executor) {}
  std::vector<Answer> answers;
  std::size_t left = 0;
  asio::steady_timer complete;
};

asio::awaitable<void> fetch_into(std::shared_ptr<Gathering> gathering, std::size_t index,
                                 collectors::HttpClient& http, FetchRequest request) {
  Answer answer = co_await http.fetch(std::move(request));
  gathering->answers[index] = std::move(answer);
}

void launch(const std::shared_ptr<Flights>& flights, const std::shared_ptr<Gathering>& gathering,
            const asio::any_io_executor& executor, collectors::HttpClient& http,
            FetchRequest request) {
  const std::size_t index = gathering->answers.size();
  gathering->answers.emplace_back(FetchError{FetchFailure::cancelled, "called off"});
  ++gathering->left;
  const Flights::Signal signal = flights->add();
  asio::co_spawn(executor, fetch_into(gathering, index, http, std::move(request)),
                 asio::bind_cancellation_slot(
                     signal->slot(), [flights, gathering, signal](const std::exception_ptr&) {
                       flights->remove(signal);
                       if (--gathering->left == 0) gathering->complete.cancel();
                     }));
}

}  // namespace

void Flights::abandon() {
  abandoned_ = true;
  // A signal may be removed while it is emitted.
  for (auto at = signals_.begin(); at != signals_.end();) {
    const auto current = at++;
    current->emit(asio::cancellation_type::terminal);
  }
}

asio::awaitable<Judgement> dispatch(std::shared_ptr<Flights> flights, collectors::HttpClient& http,
                                    Courier& courier, std::string id, std::string body,
                                    TimePoint now) {
  auto requests = courier.requests(id, body, now);
  if (!requests) {
    co_return Judgement{AttemptVerdict::retry, std::nullopt, requests.error().message};
  }
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto gathering = std::make_shared<Gathering>(executor);
  gathering->complete.expires_at(asio::steady_timer::time_point::max());
  for (FetchRequest& request : *requests) {
    launch(flights, gathering, executor, http, std::move(request));
  }
  while (gathering->left > 0) {
    co_await gathering->complete.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  std::vector<Judgement> judgements;
  for (const Answer& answer : gathering->answers) {
    const Reply reply = courier.reply(answer);
    judgements.push_back(judge(courier.receiver().kind, reply, now));
  }
  co_return combined(judgements);
}

asio::awaitable<Judgement> send_test(collectors::HttpClient& http, Receiver receiver,
                                     LinkOptions links, TimePoint now) {
  Courier courier(std::move(receiver));
  const std::string name = courier.receiver().name;
  std::string body = test_body(courier.receiver(), now, {links});
  std::string id = "msg_" + short_hash({"test", name, std::to_string(to_millis(now))}, 16);
  const auto flights = std::make_shared<Flights>();
  Judgement judgement =
      co_await dispatch(flights, http, courier, std::move(id), std::move(body), now);
  co_return judgement;
}

}  // namespace revisitd::daemon::notify
