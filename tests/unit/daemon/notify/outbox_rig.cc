#include "tests/unit/daemon/notify/outbox_rig.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "tests/unit/daemon/notify/samples.h"

namespace revisitd::daemon::notify {

namespace asio = boost::asio;
using collectors::FetchError;
using collectors::FetchFailure;
using collectors::FetchResponse;

asio::awaitable<ScriptedClient::Answer> ScriptedClient::fetch(collectors::FetchRequest request) {
  const std::string url = request.url;
  sent.push_back(std::move(request));
  for (const std::string& part : hanging_) {
    if (url.find(part) == std::string::npos) continue;
    asio::steady_timer never(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return FetchError{FetchFailure::cancelled, "called off"};
  }
  for (auto& [part, answers] : script_) {
    if (url.find(part) == std::string::npos || answers.empty()) continue;
    Answer answer = answers.front();
    answers.pop_front();
    co_return answer;
  }
  FetchResponse ok;
  ok.status = 200;
  ok.body = "ok";
  co_return ok;
}

void ScriptedClient::answer(const std::string& part, int status, const std::string& body,
                            const std::string& retry_after) {
  FetchResponse response;
  response.status = status;
  response.body = body;
  if (!retry_after.empty()) response.retry_after = retry_after;
  script_[part].emplace_back(std::move(response));
}

void ScriptedClient::fail(const std::string& part, FetchFailure failure) {
  script_[part].emplace_back(FetchError{failure, "no luck with " + part});
}

OutboxRig::OutboxRig(std::vector<Receiver> receivers)
    : now(time_of("2026-05-12T06:10:00Z")), io_(std::make_unique<asio::io_context>()) {
  options.plan.instance = "instance-1";
  options.plan.links.external_url = "https://revisit.example.org";
  options.recipients.receivers = std::move(receivers);
}

OutboxRig::~OutboxRig() { crash(); }

asio::awaitable<void> OutboxRig::commit(storage::Batch batch) {
  if (failing_commits > 0) {
    --failing_commits;
    throw std::runtime_error("no space left");
  }
  if (full_disk) {
    if (!space_) {
      space_ = std::make_unique<asio::steady_timer>(*io_, asio::steady_timer::time_point::max());
    }
    co_await space_->async_wait(asio::as_tuple(asio::use_awaitable));
  }
  for (storage::DeliveryRow& row : batch.deliveries) stored[row.id] = std::move(row);
  co_return;
}

void OutboxRig::make_outbox() {
  OutboxEnvironment environment;
  environment.executor = io_->get_executor();
  environment.http = &http;
  environment.clock = [this] { return now; };
  environment.commit = [this](storage::Batch batch) { return commit(std::move(batch)); };
  environment.active = [this](TimePoint) { return standing; };
  environment.notices = [this](TimePoint) { return notices; };
  environment.note = [this](const OutboxNote& note) { notes.push_back(note); };
  outbox = std::make_unique<Outbox>(options, environment);
}

void OutboxRig::start() {
  make_outbox();
  outbox->load(rows(storage::DeliveryState::pending));
  outbox->start();
  run();
}

void OutboxRig::stop(Duration grace) {
  bool stopped = false;
  asio::co_spawn(*io_, outbox->stop(grace), [&](const std::exception_ptr&) { stopped = true; });
  io_->restart();
  while (!stopped) io_->run_one();
}

void OutboxRig::reload() {
  stop();
  const std::unique_ptr<Outbox> before = std::move(outbox);
  make_outbox();
  outbox->take_over(*before);
  outbox->start();
  run();
}

void OutboxRig::make_space() {
  full_disk = false;
  if (space_) space_->cancel();
  run();
}

void OutboxRig::crash() {
  outbox.reset();
  space_.reset();
  // Destroys every coroutine where it waits; none runs on.
  io_ = std::make_unique<asio::io_context>();
}

void OutboxRig::tell(const std::vector<rules::Event>& events) {
  const auto planned = outbox->plan(events);
  for (const storage::DeliveryRow& row : planned) stored[row.id] = row;
  outbox->accept(planned);
  run();
}

void OutboxRig::advance(Duration by, Duration step) {
  for (Duration gone{}; gone < by; gone += step) {
    now += step;
    outbox->wake();
    run();
  }
}

void OutboxRig::run() {
  io_->restart();
  io_->poll();
}

std::vector<storage::DeliveryRow> OutboxRig::rows(storage::DeliveryState state) const {
  std::vector<storage::DeliveryRow> found;
  for (const auto& [id, row] : stored) {
    if (row.state == state) found.push_back(row);
  }
  return found;
}

const storage::DeliveryRow& OutboxRig::row(const std::string& type) const {
  for (const auto& [id, row] : stored) {
    if (row.type == type) return row;
  }
  throw std::out_of_range("no row of type " + type);
}

std::string OutboxRig::header(std::size_t index, const std::string& name) const {
  for (const auto& [field, value] : http.sent.at(index).headers) {
    if (field == name) return value;
  }
  return "";
}

ReceiverCounters OutboxRig::counters(std::size_t receiver) const {
  return outbox->counters().at(receiver);
}

}  // namespace revisitd::daemon::notify
