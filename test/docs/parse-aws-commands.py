"""Parses commands of the AWS CLI, read as a JSON list of argument lists, with the CLI's own models; sends nothing.
Prints the exit status of each as JSON."""
import json
import sys

from awscli import clidriver


def status(arguments):
    try:
        return driver.main(arguments)
    except SystemExit as end:
        return end.code


clidriver.CLIOperationCaller.invoke = lambda self, *arguments: 0
driver = clidriver.create_clidriver()
print(json.dumps([status(arguments) for arguments in json.load(sys.stdin)]))
