"""stackferry on a project of Azure DevOps with very many releases, on the emulator."""
