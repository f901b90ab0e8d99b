// The flags that override the settings of the ConfigMap `sidenet-config`, the same on every command that gives verdicts.

import { Option, type Command } from 'commander'

export function addSettingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--guard <mode>', 'for namespaces without the label sidenet.io/guard: enforce or warn'),
    )
    .addOption(
      new Option(
        '--block-on <kinds>',
        'kinds whose naming of a network counts as use, like Deployment,NetService',
      ),
    )
    .addOption(new Option('--namespace-isolation <true|false>', "as Multus' own setting namespaceIsolation"))
    .addOption(new Option('--global-namespaces <names>', "as Multus' own setting globalNamespaces"))
    .addOption(
      new Option('--multus-namespace <name>', 'where a bare name in v1.multus-cni.io/default-network points'),
    )
}
