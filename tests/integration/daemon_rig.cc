#include "tests/integration/daemon_rig.h"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/unit/daemon/running_server.h"

namespace revisitd::testing {
namespace {

namespace fs = std::filesystem;

std::string slurp(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

bool eventually(const std::function<bool()>& holds, Duration patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

Answer ask(std::uint16_t port, const std::string& method, const std::string& path,
           const std::string& body, const std::string& headers) {
  std::string request = method + " " + path + " HTTP/1.1\r\nConnection: close\r\n" + headers;
  if (headers.find("Host:") == std::string::npos) {
    request += "Host: 127.0.0.1:" + std::to_string(port) + "\r\n";
  }
  if (method == "POST") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  Answer answer;
  try {
    answer.text = talk(port, request + "\r\n" + body);
  } catch (const std::exception&) {
    return answer;  // nobody listens
  }
  answer.status = status_of(answer.text);
  answer.body = body_of(answer.text);
  return answer;
}

std::string binary() { return REVISITD_BINARY; }

Outcome revisitd(const std::vector<std::string>& arguments, const std::string& input,
                 const std::string& folder) {
  const collectors::TempFolder files;
  files.write("in", input);
  // A shell, for the streams and the folder; the arguments reach the program as they are.
  std::vector<std::string> command = {
      "/bin/sh",
      "-c",
      "d=$1; f=$2; shift 2; cd \"$d\" && exec \"$@\" <\"$f/in\" >\"$f/out\" 2>\"$f/err\"",
      "sh",
      folder.empty() ? files.path() : folder,
      files.path(),
      binary()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ChildProcess process(command, files / "shell", {"USER=ana", "COLUMNS=100"});
  const auto code = process.wait(std::chrono::seconds(30));
  return {code.value_or(-1), slurp(files / "out"), slurp(files / "err")};
}

std::string quick_config(const std::string& more) {
  return "global: {scrape_interval: 1s, slots: [1s], settle: 0s}\n"
         "records: {files: ['records/*.md'], poll_interval: 1s}\n" +
         more;
}

std::string record(const std::string& service, const std::string& lines, const std::string& date) {
  return "# Use Python for " + service + "\n* Status: accepted\n* Date: " + date +
         "\n\n```yaml revisit\nservice: " + service +
         "\nteam: payments\nlanguage: python\nalternatives: [go]\n" + lines + "```\n";
}

Daemon::~Daemon() {
  if (running()) process_->signal(SIGKILL);
}

std::string Daemon::write(const std::string& name, const std::string& text) const {
  // Older than the moment for which a new file may be unfinished.
  const TimePoint written =
      std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()) -
      std::chrono::minutes(1);
  const std::string draft = folder_.write(name + "~", text, written);
  fs::rename(draft, folder_ / name);
  return folder_ / name;
}

void Daemon::remove(const std::string& name) const { fs::remove(folder_ / name); }

bool Daemon::start(const std::vector<std::string>& flags,
                   const std::vector<std::string>& environment) {
  std::vector<std::string> command = {binary(), "run"};
  for (const std::string& usual :
       {"--config.file=" + path("revisitd.yml"), "--storage.path=" + path("data"),
        std::string("--web.listen-address=127.0.0.1:0")}) {
    const std::string flag = usual.substr(0, usual.find('=') + 1);
    const bool given = std::any_of(flags.begin(), flags.end(),
                                   [&](const std::string& f) { return f.starts_with(flag); });
    if (!given) command.push_back(usual);
  }
  command.insert(command.end(), flags.begin(), flags.end());
  const std::size_t before = log().size();
  process_.emplace(command, path("log"), environment);
  port_ = 0;
  eventually([&] {
    const std::string said = log().substr(before);
    const std::string key = said.find("\"address\":") == std::string::npos
                                ? " address=127.0.0.1:"
                                : "\"address\":\"127.0.0.1:";
    const std::size_t at = said.find(key);
    if (at != std::string::npos) {
      port_ = static_cast<std::uint16_t>(std::stoi(said.substr(at + key.size())));
    }
    return port_ != 0 || !process_->running();
  });
  return port_ != 0;
}

std::optional<int> Daemon::stop() {
  signal(SIGTERM);
  return wait();
}

std::string Daemon::log() const { return slurp(folder_ / "log"); }

bool Daemon::says(const std::string& text, Duration patience) const {
  return eventually([&] { return log().find(text) != std::string::npos; }, patience);
}

std::string Daemon::verdict(const std::string& service, const std::string& trigger) const {
  const nlohmann::json data = get("/api/v1/decisions/" + service).data();
  if (!data.is_object()) return "";
  for (const auto& t : data["triggers"]) {
    if (t["name"] == trigger) return t["verdict"];
  }
  return "";
}

std::string Daemon::metric(const std::string& name) const {
  std::istringstream lines(get("/metrics").body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + " ")) return line.substr(name.size() + 1);
  }
  return "";
}

}  // namespace revisitd::testing
