// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "commands.h"
#include "environment.h"
#include "latchkey/native/clock.h"
#include "latchkey/session.h"
#include "log.h"
#include "settings_arguments.h"

namespace latchkey::app {
namespace {

std::string features_of(const license_info& info) {
  std::string names;
  for (int i = 0; i < license_feature_count; ++i) {
    const auto feature = static_cast<license_feature>(i);
    if (info.features.has(feature)) names += (names.empty() ? "" : ", ") + std::string(to_string(feature));
  }
  return names.empty() ? "none" : names;
}

std::string describe(const license_info& info) {
  std::string text =
      "valid\ntier: " + (info.tier.empty() ? "-" : info.tier) + "\nfeatures: " + features_of(info) + "\n";
  if (!info.customer.empty()) text += "customer: " + info.customer + "\n";
  text += "expires: " + (info.expires_at_ms ? to_iso_time(*info.expires_at_ms) : std::string("never")) + "\n";
  return text;
}

/** What the configuration makes of a license text; the text itself is never shown. */
int judge(const settings& all, const std::string& text, const std::string& name) {
  const auto rules = make_license_rules(all.license);
  if (!rules) return report_failure(rules.error());
  const auto info = license_at(check_license(text, *rules), native::system_clock_ms());
  if (info.valid) {
    const auto shown = print(describe(info));
    return shown ? exit_done : report_failure(shown.error());
  }
  if (info.reason == errc::license_expired) return report_failure({errc::license_expired, name + " is over.", {}});
  return report_failure(
      {errc::license_invalid,
       name + " is no license of a form that license.accept names, or its signature is not the vendor's.",
       {}});
}

int show(const settings& all) {
  const auto text = variable("MASTRA_EE_LICENSE");
  if (!text) {
    return report_failure(
        {errc::license_required, "MASTRA_EE_LICENSE is not set. Development (--dev) needs none.", {}});
  }
  return judge(all, *text, "The license in MASTRA_EE_LICENSE");
}

}  // namespace

void add_license_command(CLI::App& root, action& chosen) {
  auto arguments = std::make_shared<settings_arguments>();
  auto text = std::make_shared<std::string>();
  CLI::App* license = root.add_subcommand("license", "Shows and checks licenses");
  license->require_subcommand(1);
  CLI::App* showing = license->add_subcommand("show", "What the license in MASTRA_EE_LICENSE enables, and until when");
  CLI::App* verifying = license->add_subcommand("verify", "Checks a license text against the configuration");
  verifying->add_option("text", *text, "The license")->required();
  const auto choose = [&](CLI::App* command, auto run) {
    arguments->add_common(*command);
    command->callback([arguments, &chosen, run] {
      chosen = [arguments, run] {
        const auto all = arguments->load();
        return all ? run(*all) : report_usage(all.error(), "license");
      };
    });
  };
  choose(showing, [](const settings& all) { return show(all); });
  choose(verifying, [text](const settings& all) { return judge(all, *text, "The text"); });
}

}  // namespace latchkey::app
