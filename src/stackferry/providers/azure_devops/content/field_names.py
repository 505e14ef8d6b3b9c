"""The names that the vendor's pages give to the fields of releases and definitions, at any depth."""

from __future__ import annotations

from typing import Final

_WRITTEN: Final = """
    agentId agentName alias allowOverride alwaysRun apiVersion approvalOptions approvalType approvals approvedBy
    approver artifactAlias artifacts artifactsDownloadInput attempt autoLinkWorkItems
    autoTriggeredAndPreviousEnvironmentApprovedCanBeSkipped badgeEnabled badgeUrl changeType changedBy changedDate
    comment comments concurrencyCount condition conditionType conditions continueOnError createdBy createdFor
    createdOn currentRelease customData dateEnded dateStarted daysToKeep daysToRelease definitionEnvironmentId
    definitionId definitionReference definitionSnapshotRevision definitionType definitionUrl demands deployPhases
    deployPhasesSnapshot deployStep deploySteps deploymentId deploymentInput deploymentJobs description
    displayName downloadInputs emailNotificationType emailRecipients enableAccessToken enabled
    enforceIdentityRevalidation environmentOptions environmentTriggers environments executionOrder executionPolicy
    finishTime gates gatesOptions hasStarted history ignoredGates inputs instanceReference isAutomated isContainer
    isDeleted isDraft isEnabled isNotificationOn isPrimary isRequired isRetained isSecret issueType issues job
    jobCancelTimeoutInMinutes keepForever lastModifiedBy lastModifiedOn lastRelease lineCount logUrl
    logsContainerUrl mailAddress manualEnvironments manualInterventions minimumSuccessDuration modifiedBy
    modifiedOn name operationStatus overrideInputs owner parallelExecution parallelExecutionType path
    percentComplete phaseId phaseType postApprovalsSnapshot postDeploy postDeployApprovals postDeploymentGates
    postDeploymentGatesSnapshot preApprovalsSnapshot preDeploy preDeployApprovals preDeploymentGates
    preDeploymentGatesSnapshot processParameters project projectReference properties publishDeploymentStatus
    pullRequestDeploymentEnabled queueDepthCount queueId queuedOn rank reason refName release releaseCreatedBy
    releaseCreatorCanBeApprover releaseDefinition releaseDefinitionRevision releaseDeployPhases releaseEnvironment
    releaseId releaseNameFormat releasesToKeep requestedBy requestedFor requiredApproverCount responses
    retainBuild retentionPolicy revision runOptions runPlanId samplingInterval schedules skipArtifactsDownload
    source sourceBranch sourceId stabilizationCompletedOn stabilizationTime startHours startMinutes startTime
    startedOn status succeedingSince tags task taskId tasks timeToDeploy timeZoneId timelineRecordId timeout
    timeoutInMinutes trialNumber triggerConditions triggerReason triggerType triggeringArtifactAlias triggers type
    uniqueName value variableGroups variables version workflowTasks
"""
OF_RELEASES: Final = frozenset(_WRITTEN.split())
"""Also those that a project's definitions do not have: of deployments, approvals and their tasks."""
